import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from './frames.ts';
import { encodeFrame } from './testing/read-encoding.ts';

function framesOf(body: Uint8Array, cuts: readonly number[]): { frames: Buffer[]; cut: boolean } {
  const splitter = new FrameSplitter();
  const frames: Buffer[] = [];
  const ends = [...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  let at = 0;
  for (const end of ends) {
    splitter.push(body.subarray(at, end));
    at = end;
    while (splitter.next()) frames.push(Buffer.from(splitter.bytes.subarray(splitter.start, splitter.end)));
  }
  return { frames, cut: splitter.cut };
}

describe('FrameSplitter', () => {
  it('finds the frames however the body is cut into parts', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.array(fc.nat()), (parts, cuts) => {
        const body = Buffer.concat(parts.map((part) => encodeFrame(part)));
        expect(framesOf(body, cuts)).toEqual({ frames: parts.map((part) => Buffer.from(part)), cut: false });
      }),
    );
  });

  it('takes frames larger than its first memory', () => {
    const parts = [1, 700_000, 3, 300_000].map((length) => Buffer.alloc(length, length));
    const body = Buffer.concat(parts.map((part) => encodeFrame(part)));
    const cuts = Array.from({ length: 40 }, (_, index) => index * 25_000);
    expect(framesOf(body, cuts).frames.map((frame) => frame.length)).toEqual([1, 700_000, 3, 300_000]);
  });

  it('says when the body ended within a frame', () => {
    const body = encodeFrame(Buffer.from('samples'));
    for (let length = 1; length < body.length; length += 1) {
      expect(framesOf(body.subarray(0, length), []), `${length}`).toEqual({ frames: [], cut: true });
    }
  });

  it.each([
    ['a wrong checksum', encodeFrame(Buffer.from('samples'), 1)],
    ['a length without end', Buffer.alloc(20, 0xff)],
    ['a length beyond all measure', Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0)],
  ])('refuses %s', (_what, body) => {
    expect(() => framesOf(body, [])).toThrow(expect.objectContaining({ code: 'prometheus_bad_answer' }));
  });
});
