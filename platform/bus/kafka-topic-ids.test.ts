import { describe, expect, it } from 'vitest';
import { decodeMetadataResponse, encodeMetadataRequest } from './kafka-topic-ids.ts';

const compact = (text: string) => Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(text)]);
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const NO_TAGS = Buffer.from([0]);
const ID = '0123456789abcdef0123456789abcdef';
const partition = (index: number) =>
  Buffer.concat([
    Buffer.alloc(2),
    int32(index),
    int32(1),
    int32(0),
    Buffer.from([2]),
    int32(1),
    Buffer.from([2]),
    int32(1),
    Buffer.from([1]),
    NO_TAGS,
  ]);
/** One broker with a tagged field that this reader does not know, and one topic. */
const response = (name: string, partitions: number) =>
  Buffer.concat([
    NO_TAGS,
    int32(0),
    Buffer.concat([
      Buffer.from([2]),
      int32(1),
      compact('broker'),
      int32(9092),
      NO_TAGS,
      Buffer.from([1, 0, 3, 1, 2, 3]),
    ]),
    compact('cluster'),
    int32(1),
    Buffer.concat([
      Buffer.from([2, 0, 0]),
      compact(name),
      Buffer.from(ID, 'hex'),
      NO_TAGS,
      Buffer.from([partitions + 1]),
    ]),
    ...Array.from({ length: partitions }, (_, index) => partition(index)),
    int32(0),
    NO_TAGS,
    NO_TAGS,
  ]);

describe('metadata of version 12', () => {
  it('asks for all topics, or for those named, and makes none', () => {
    expect(encodeMetadataRequest(undefined).toString('hex')).toBe('0000000000');
    expect(encodeMetadataRequest(['ab']).toString('hex')).toBe(`0002${'00'.repeat(16)}03616200000000`);
    const long = encodeMetadataRequest(['x'.repeat(200)]);
    expect(long.subarray(18, 20).toString('hex')).toBe('c901');
  });

  it.each([1, 2, 30])('reads the id and %i partitions, past tagged fields that it does not know', (partitions) => {
    const expected = [{ topic: 'a.topic', id: ID, partitions, errorCode: 0 }];
    expect(decodeMetadataResponse(response('a.topic', partitions))).toEqual(expected);
  });

  it('refuses a response that is cut short', () => {
    const whole = response('a.topic', 1);
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeMetadataResponse(whole.subarray(0, length))).toThrow(RangeError);
    }
  });
});
