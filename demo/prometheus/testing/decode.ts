import protobuf from 'protobufjs/minimal.js';
import { matcher, OPERATORS, type Operator } from '../matchers.ts';

const { Reader, Writer } = protobuf;

/** A sample with the bits of its value, so that a stale marker can be told from another NaN. */
export interface Decoded {
  readonly time: number;
  readonly bits: bigint;
}

export interface DecodedSeries {
  readonly labels: Record<string, string>;
  readonly samples: Decoded[];
}

export const STALE_BITS = 0x7ff0000000000002n;

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

export function valueOf({ bits }: Decoded): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** Reads a chunk bit by bit, in big integers: slow and plain. After tsdb/chunkenc/xor.go. */
export function decodeXorChunk(data: Uint8Array): Decoded[] {
  let at = 16;
  const bit = () => BigInt(((data[at >> 3] as number) >> (7 - (at++ & 7))) & 1);
  const read = (count: number) => {
    let value = 0n;
    for (let i = 0; i < count; i++) value = (value << 1n) | bit();
    return value;
  };
  const uvarint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = read(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const signed = (count: number) => {
    const value = read(count);
    // As Go's reader has it: the range is lopsided, its top value is positive.
    return value > 1n << BigInt(count - 1) ? value - (1n << BigInt(count)) : value;
  };
  const change = () => {
    for (const count of [0, 14, 17, 20]) if (bit() === 0n) return count === 0 ? 0n : signed(count);
    return BigInt.asIntN(64, read(64));
  };
  const count = ((data[0] as number) << 8) | (data[1] as number);
  const samples: Decoded[] = [];
  let time = 0n;
  let distance = 0n;
  let bits = 0n;
  let leading = 0;
  let trailing = 0;
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      const zigzag = uvarint();
      time = zigzag & 1n ? -(zigzag >> 1n) - 1n : zigzag >> 1n;
      bits = read(64);
    } else {
      distance = i === 1 ? uvarint() : distance + change();
      time += distance;
      if (bit() === 1n) {
        if (bit() === 1n) {
          leading = Number(read(5));
          trailing = 64 - leading - (Number(read(6)) || 64);
        }
        bits ^= read(64 - leading - trailing) << BigInt(trailing);
      }
    }
    samples.push({ time: Number(time), bits });
  }
  return samples;
}

type In = InstanceType<typeof Reader>;

function message(reader: In, of: (field: number) => void): void {
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) of(reader.uint32() >>> 3);
}

function label(reader: In, labels: Record<string, string>): void {
  let name = '';
  message(reader, (field) => {
    if (field === 1) name = reader.string();
    else labels[name] = reader.string();
  });
}

function rawDouble(reader: In): bigint {
  const low = BigInt(reader.fixed32());
  return (BigInt(reader.fixed32()) << 32n) | low;
}

/** The series of a prometheus.ReadResponse, query by query. */
export function decodeReadResponse(data: Uint8Array): DecodedSeries[][] {
  const reader = Reader.create(data);
  const results: DecodedSeries[][] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    const result: DecodedSeries[] = [];
    message(reader, () => {
      const series: DecodedSeries = { labels: {}, samples: [] };
      message(reader, (field) => {
        if (field === 1) return label(reader, series.labels);
        let [time, bits] = [0, 0n];
        message(reader, (inner) => {
          if (inner === 1) bits = rawDouble(reader);
          else time = Number(reader.int64());
        });
        series.samples.push({ time, bits });
      });
      result.push(series);
    });
    results.push(result);
  }
  return results;
}

/** The series of a stream of prometheus.ChunkedReadResponse; `checksum` judges each frame. Throws where a frame is broken. */
export function decodeFrames(data: Buffer, checksum: (frame: Uint8Array) => number): DecodedSeries[] {
  const all: DecodedSeries[] = [];
  let at = 0;
  while (at < data.length) {
    const head = Reader.create(data.subarray(at));
    const length = head.uint32();
    at += head.pos;
    const frame = data.subarray(at + 4, at + 4 + length);
    if (frame.length !== length || data.readUInt32BE(at) !== checksum(frame)) throw new Error('broken frame');
    at += 4 + length;
    const reader = Reader.create(frame);
    while (reader.pos < reader.len) {
      if (reader.uint32() >>> 3 === 2) reader.int64();
      else all.push(chunkedSeries(reader));
    }
  }
  return all;
}

function chunkedSeries(reader: In): DecodedSeries {
  const series: DecodedSeries = { labels: {}, samples: [] };
  message(reader, (field) => {
    if (field === 1) return label(reader, series.labels);
    let [from, to] = [0, 0];
    message(reader, (inner) => {
      if (inner === 1) from = Number(reader.int64());
      else if (inner === 2) to = Number(reader.int64());
      else if (inner === 3) reader.int32();
      else {
        const samples = decodeXorChunk(reader.bytes());
        if (samples[0]?.time !== from || samples.at(-1)?.time !== to) throw new Error('a chunk lies about its times');
        series.samples.push(...samples);
      }
    });
  });
  return series;
}

export interface ReadAsked {
  readonly from: number;
  readonly to: number;
  readonly matchers: readonly (readonly [name: string, operator: Operator, value: string])[];
  readonly accepted: readonly number[];
}

/** A prometheus.ReadRequest of one query. */
export function encodeReadRequest({ from, to, matchers, accepted }: ReadAsked): Uint8Array {
  const writer = Writer.create();
  writer.uint32(0x0a).fork().uint32(0x08).int64(from).uint32(0x10).int64(to);
  for (const each of matchers) {
    const { name, operator, value } = matcher(...each);
    writer.uint32(0x1a).fork().uint32(0x08).int32(OPERATORS.indexOf(operator));
    writer.uint32(0x12).string(name).uint32(0x1a).string(value).ldelim();
  }
  writer.ldelim();
  if (accepted.length > 0) {
    writer.uint32(0x12).fork();
    for (const type of accepted) writer.int32(type);
    writer.ldelim();
  }
  return writer.finish();
}
