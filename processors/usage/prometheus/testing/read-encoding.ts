import { Reader, Writer } from 'protobufjs/minimal.js';
import snappy from 'snappy';
import type { Matcher } from '../matchers.ts';
import { bitsOf, encodeXorChunk, type TestSample } from './xor-encoder.ts';

export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly TestSample[];
}

export interface ReadQuery {
  fromMs: number;
  toMs: number;
  matchers: Matcher[];
}

const OPS = ['=', '!=', '=~', '!~'] as const;

/** Calls back for each field of a message: its tag and a reader that stands at its value. */
function eachField(reader: Reader, end: number, read: (tag: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag)) reader.skipType(tag & 7);
  }
}

/** Reads the body of a remote read: its queries, and which forms of an answer it takes (1: streamed). */
export function decodeReadRequest(body: Buffer): { queries: ReadQuery[]; accepted: number[] } {
  const reader = Reader.create(snappy.uncompressSync(body) as Buffer);
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  const readMatcher = (): Matcher => {
    const matcher = { name: '', op: '=' as Matcher['op'], value: '' };
    eachField(reader, reader.uint32() + reader.pos, (tag) => {
      if (tag === 8) matcher.op = OPS[reader.uint32()]!;
      else if (tag === 18) matcher.name = reader.string();
      else if (tag === 26) matcher.value = reader.string();
      else return false;
      return true;
    });
    return matcher;
  };
  eachField(reader, reader.len, (tag) => {
    if (tag === 18) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) accepted.push(reader.uint32());
      return true;
    }
    if (tag !== 10) return false;
    const query: ReadQuery = { fromMs: 0, toMs: 0, matchers: [] };
    eachField(reader, reader.uint32() + reader.pos, (field) => {
      if (field === 8) query.fromMs = Number(reader.int64());
      else if (field === 16) query.toMs = Number(reader.int64());
      else if (field === 26) query.matchers.push(readMatcher());
      else return false;
      return true;
    });
    queries.push(query);
    return true;
  });
  return { queries, accepted };
}

function writeLabels(writer: Writer, labels: TestSeries['labels']): void {
  for (const [name, value] of Object.entries(labels)) {
    writer.uint32(10).fork().uint32(10).string(name).uint32(18).string(value).ldelim();
  }
}

/** A chunk of a `ChunkedSeries`: encoding 1 is XOR. */
export interface TestChunk {
  readonly encoding: number;
  readonly data: Uint8Array;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
}

/** XOR chunks of so many samples each. */
export function chunksOf(samples: readonly TestSample[], size = 120): TestChunk[] {
  const chunks: TestChunk[] = [];
  for (let at = 0; at < samples.length; at += size) {
    const part = samples.slice(at, at + size);
    const times = part.map(({ atMs }) => atMs);
    chunks.push({
      encoding: 1,
      data: encodeXorChunk(part),
      minTimeMs: Math.min(...times),
      maxTimeMs: Math.max(...times),
    });
  }
  return chunks;
}

/** A `ChunkedReadResponse` of one series. */
export function encodeChunkedSeries(
  labels: TestSeries['labels'],
  chunks: readonly TestChunk[],
  queryIndex: number,
): Buffer {
  const writer = Writer.create();
  writer.uint32(10).fork();
  writeLabels(writer, labels);
  for (const { encoding, data, minTimeMs, maxTimeMs } of chunks) {
    writer.uint32(18).fork().uint32(8).int64(minTimeMs).uint32(16).int64(maxTimeMs);
    writer.uint32(24).uint32(encoding).uint32(34).bytes(data).ldelim();
  }
  writer.ldelim();
  if (queryIndex > 0) writer.uint32(16).int64(queryIndex);
  return Buffer.from(writer.finish());
}

/** CRC-32C bit by bit. */
export function slowCrc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A frame of a streamed remote read. */
export function encodeFrame(data: Uint8Array, crc = slowCrc32c(data)): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc);
  return Buffer.concat([Writer.create().uint32(data.length).finish(), sum, data]);
}

/** A `ReadResponse`, one result a query, packed. */
export function encodeReadResponse(results: readonly (readonly TestSeries[])[]): Buffer {
  const writer = Writer.create();
  for (const result of results) {
    writer.uint32(10).fork();
    for (const { labels, samples } of result) {
      writer.uint32(10).fork();
      writeLabels(writer, labels);
      for (const { atMs, value } of samples) {
        const bits = bitsOf(value);
        writer
          .uint32(18)
          .fork()
          .uint32(9)
          .fixed64({ low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true });
        writer.uint32(16).int64(atMs).ldelim();
      }
      writer.ldelim();
    }
    writer.ldelim();
  }
  return snappy.compressSync(Buffer.from(writer.finish()));
}
