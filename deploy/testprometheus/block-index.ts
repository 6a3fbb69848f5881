import { uvarint, varint } from './xor-chunk.ts';

// A block's index in Prometheus' format 2 (tsdb/docs/format/index.md), without the label indices, which no reader of it uses.

const MAGIC = 0xbaaad700;
const SERIES_ALIGNMENT = 16;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli) of what `sum` was computed of and these bytes. */
export function crc32c(bytes: Uint8Array, sum = 0): number {
  let value = ~sum;
  for (let at = 0; at < bytes.length; at++) value = (value >>> 8) ^ TABLE[(value ^ bytes[at]!) & 255]!;
  return ~value >>> 0;
}

export interface IndexedChunk {
  readonly minMs: number;
  readonly maxMs: number;
  /** Segment << 32 | offset in it. */
  readonly ref: number;
}

export interface IndexedSeries {
  /** Sorted by name, `__name__` among them. */
  readonly labels: readonly (readonly [string, string])[];
  readonly chunks: readonly IndexedChunk[];
}

const be32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const be64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from(uvarint(bytes.length)), bytes]);
};
/** Length, content, checksum of the content. */
const section = (content: Buffer): Buffer => Buffer.concat([be32(content.length), content, be32(crc32c(content))]);
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function seriesBytes({ labels, chunks }: IndexedSeries, symbols: ReadonlyMap<string, number>): Buffer {
  const content: number[] = [...uvarint(labels.length)];
  for (const label of labels) for (const part of label) content.push(...uvarint(symbols.get(part)!));
  content.push(...uvarint(chunks.length));
  let before: IndexedChunk | undefined;
  for (const chunk of chunks) {
    content.push(...(before ? uvarint(chunk.minMs - before.maxMs) : varint(chunk.minMs)));
    content.push(...uvarint(chunk.maxMs - chunk.minMs));
    content.push(...(before ? varint(chunk.ref - before.ref) : uvarint(chunk.ref)));
    before = chunk;
  }
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(uvarint(bytes.length)), bytes, be32(crc32c(bytes))]);
}

/** The bytes of a block's index; `all` is sorted by labels, names and values by their bytes. Its text is ASCII. */
export function indexBytes(all: readonly IndexedSeries[]): Buffer {
  const names = [...new Set(all.flatMap(({ labels }) => labels.flat()))].sort(byBytes);
  const symbols = new Map(names.map((name, at) => [name, at]));
  const parts: Buffer[] = [Buffer.concat([be32(MAGIC), Buffer.from([2])])];
  let length = 5;
  const add = (bytes: Buffer) => {
    parts.push(bytes);
    length += bytes.length;
  };
  const align = (to: number) => add(Buffer.alloc((to - (length % to)) % to));
  add(section(Buffer.concat([be32(names.length), ...names.map(text)])));

  align(SERIES_ALIGNMENT);
  const seriesAt = length;
  const postings = new Map<string, Map<string, number[]>>([['', new Map([['', []]])]]);
  for (const series of all) {
    align(SERIES_ALIGNMENT);
    const id = length / SERIES_ALIGNMENT;
    postings.get('')!.get('')!.push(id);
    for (const [name, value] of series.labels) {
      const values = postings.get(name) ?? new Map<string, number[]>();
      postings.set(name, values);
      const ids = values.get(value);
      if (ids) ids.push(id);
      else values.set(value, [id]);
    }
    add(seriesBytes(series, symbols));
  }

  align(4);
  const postingsAt = length;
  const offsets: Buffer[] = [];
  for (const name of [...postings.keys()].sort(byBytes)) {
    const values = postings.get(name)!;
    for (const value of [...values.keys()].sort(byBytes)) {
      align(4);
      const ids = values.get(value)!;
      offsets.push(Buffer.concat([Buffer.from([2]), text(name), text(value), Buffer.from(uvarint(length))]));
      add(section(Buffer.concat([be32(ids.length), ...ids.map(be32)])));
    }
  }
  const tableAt = length;
  add(section(Buffer.concat([be32(offsets.length), ...offsets])));
  const toc = Buffer.concat([5, seriesAt, 0, 0, postingsAt, tableAt].map(be64));
  add(Buffer.concat([toc, be32(crc32c(toc))]));
  return Buffer.concat(parts);
}
