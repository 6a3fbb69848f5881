import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, indexBytes, type IndexedChunk } from './block-index.ts';
import { createXorChunkWriter, uvarint, type XorChunkWriter } from './xor-chunk.ts';

const SEGMENT_HEAD = Buffer.from([0x85, 0xbd, 0x40, 0xdd, 1, 0, 0, 0]);
const XOR = 1;
const CHUNK_SAMPLES = 120;
const FLUSH_BYTES = 4 << 20;
const ULID_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A series with a sample each interval: sample `n` of `count` stands at `firstMs + n × intervalMs`. */
export interface RegularSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly intervalMs: number;
  readonly count: number;
  /** A reader of its values from the first one on, the same ones each time. */
  open(): () => number;
}

interface Reading {
  readonly series: RegularSeries;
  readonly labels: [string, string][];
  readonly next: () => number;
  at: number;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Go's labels.Compare: name, then value, label by label; the shorter first. */
function byLabels(a: Reading, b: Reading): number {
  for (let at = 0; at < Math.min(a.labels.length, b.labels.length); at++) {
    const order = byText(a.labels[at]![0], b.labels[at]![0]) || byText(a.labels[at]![1], b.labels[at]![1]);
    if (order !== 0) return order;
  }
  return a.labels.length - b.labels.length;
}

function createSegment(file: string) {
  const descriptor = openSync(file, 'wx');
  let pending: Uint8Array[] = [SEGMENT_HEAD];
  let [pendingBytes, length] = [SEGMENT_HEAD.length, SEGMENT_HEAD.length];
  const flush = () => {
    writeSync(descriptor, Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  };
  return {
    /** Answers the chunk's offset. */
    add(data: Uint8Array): number {
      const head = uvarint(data.length);
      const bytes = Buffer.alloc(head.length + 1 + data.length + 4);
      bytes.set([...head, XOR]);
      bytes.set(data, head.length + 1);
      bytes.writeUInt32BE(crc32c(bytes.subarray(head.length, -4)), bytes.length - 4);
      const offset = length;
      pending.push(bytes);
      length += bytes.length;
      pendingBytes += bytes.length;
      if (pendingBytes > FLUSH_BYTES) flush();
      return offset;
    },
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}

function newUlid(timeMs: number): string {
  let text = '';
  for (let rest = timeMs, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) text = ULID_LETTERS[rest % 32]! + text;
  for (const byte of randomBytes(16)) text += ULID_LETTERS[byte % 32]!;
  return text;
}

function writeBlock(dir: string, readings: readonly Reading[], endMs: number, chunk: XorChunkWriter): void {
  const ulid = newUlid(Date.now());
  const folder = join(dir, ulid);
  mkdirSync(join(folder, 'chunks'), { recursive: true });
  const segment = createSegment(join(folder, 'chunks', '000001'));
  const indexed = [];
  let [numSamples, numChunks, minTime, maxTime] = [0, 0, Infinity, 0];
  for (const reading of readings) {
    const { firstMs, intervalMs, count } = reading.series;
    const end = Math.min(count, Math.ceil((endMs - firstMs) / intervalMs));
    const chunks: IndexedChunk[] = [];
    while (reading.at < end) {
      const samples = Math.min(CHUNK_SAMPLES, end - reading.at);
      const minMs = firstMs + reading.at * intervalMs;
      const maxMs = minMs + (samples - 1) * intervalMs;
      chunks.push({ minMs, maxMs, ref: segment.add(chunk.write(minMs, intervalMs, samples, reading.next)) });
      reading.at += samples;
      numSamples += samples;
      minTime = Math.min(minTime, minMs);
      maxTime = Math.max(maxTime, maxMs + 1);
    }
    numChunks += chunks.length;
    if (chunks.length > 0) indexed.push({ labels: reading.labels, chunks });
  }
  segment.close();
  writeFileSync(join(folder, 'index'), indexBytes(indexed));
  const meta = {
    ulid,
    minTime,
    maxTime,
    stats: { numSamples, numSeries: indexed.length, numChunks },
    compaction: { level: 1, sources: [ulid] },
    version: 1,
  };
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta, null, 2));
}

/**
 * Writes blocks of Prometheus' storage into `dir`, one for each span of `spanMs` aligned to the epoch, in chunks of 120 samples as
 * Prometheus cuts them. For what is too much for promtool. Names and values are ASCII, and no two series have the same labels.
 */
export function writeBlocks(dir: string, series: readonly RegularSeries[], spanMs: number): void {
  mkdirSync(dir, { recursive: true });
  const readings = series
    .filter(({ count }) => count > 0)
    .map((one): Reading => {
      const labels = Object.entries({ ...one.labels, __name__: one.name }).filter(([, value]) => value !== '');
      return { series: one, labels: labels.sort(([a], [b]) => byText(a, b)), next: one.open(), at: 0 };
    })
    .sort(byLabels);
  const lastMs = series.reduce((last, one) => Math.max(last, one.firstMs + (one.count - 1) * one.intervalMs), 0);
  const firstMs = series.reduce((first, one) => Math.min(first, one.firstMs), lastMs);
  const chunk = createXorChunkWriter();
  for (let fromMs = firstMs - (firstMs % spanMs); fromMs <= lastMs; fromMs += spanMs) {
    writeBlock(dir, readings, fromMs + spanMs, chunk);
  }
}
