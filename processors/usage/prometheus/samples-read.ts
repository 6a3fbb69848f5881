import { Reader } from 'protobufjs/minimal.js';
import snappy from 'snappy';
import { AppError, messageOf } from '../../../platform/errors.ts';
import { labelsOf, readLabel } from './label-cache.ts';
import { SeriesBuffer } from './series-buffer.ts';
import type { OnSeries, ReadSummary } from './series.ts';

const bad = (what: string, cause?: unknown): AppError =>
  new AppError('prometheus_bad_answer', `the answer to a remote read is broken: ${what}`, { cause });

/** What snappy's block says that it holds (its leading uvarint), before anything is unpacked. */
function unpackedBytes(body: Uint8Array): number {
  let length = 0;
  let factor = 1;
  for (const byte of body.subarray(0, 5)) {
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return length;
    factor *= 128;
  }
  throw bad('it is not packed by snappy');
}

function unpack(body: Buffer, maxBytes: number): Buffer {
  if (unpackedBytes(body) > maxBytes) {
    throw new AppError('prometheus_too_much', `the answer to a remote read unpacks to more than ${maxBytes} bytes`);
  }
  try {
    return snappy.uncompressSync(body) as Buffer;
  } catch (error) {
    throw bad(`snappy: ${messageOf(error)}`, error);
  }
}

interface Ends {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One `Sample`: value (1, a double), timestamp (2). Proto3 leaves out what is zero. */
function readSample(reader: Reader, view: DataView, end: number, buffer: SeriesBuffer, { fromMs, toMs }: Ends): void {
  let time = 0;
  let high = 0;
  let low = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 9) {
      low = view.getUint32(reader.pos, true);
      high = view.getUint32(reader.pos + 4, true);
      reader.skip(8);
    } else if (tag === 16) time = Number(reader.int64());
    else reader.skipType(tag & 7);
  }
  buffer.add(time, high, low, fromMs, toMs);
}

/**
 * Reads a `ReadResponse` (prometheus/prompb/remote.proto), the form of a remote read that is held as a whole. Throws
 * `prometheus_bad_answer`, and `prometheus_too_much` above `maxBytes`; both before anything is handed over, but for
 * messages that turn out broken on the way.
 */
export async function readSamples(
  body: Buffer,
  range: Ends & { maxBytes: number; selectors: number },
  onSeries: OnSeries,
  summary: ReadSummary,
): Promise<void> {
  const bytes = unpack(body, range.maxBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const reader = Reader.create(bytes);
  const buffer = new SeriesBuffer();

  /** One `TimeSeries`: labels (1), samples (2), histograms (4). */
  const readSeries = (end: number): [string, string][] => {
    const pairs: [string, string][] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 10 || tag === 18) {
        const to = reader.uint32() + reader.pos;
        if (to > end) throw bad('a message is longer than what holds it');
        if (tag === 10) pairs.push(readLabel(bytes, reader.pos, to));
        else readSample(reader, view, to, buffer, range);
        reader.pos = to;
      } else {
        if (tag === 34) summary.skipped += 1;
        reader.skipType(tag & 7);
      }
    }
    return pairs;
  };

  const broken = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw bad('it holds other messages', error);
    }
  };

  let query = -1;
  let resultEnd = 0;
  while (reader.pos < bytes.length) {
    if (reader.pos >= resultEnd) {
      const found = broken(() => {
        const tag = reader.uint32();
        if (tag === 10) return reader.uint32() + reader.pos;
        reader.skipType(tag & 7);
        return 0;
      });
      if (found > bytes.length) throw bad('it ends too early');
      if (found > 0) {
        query += 1;
        resultEnd = found;
        if (query >= range.selectors) throw bad('it answers a query that was not asked');
      }
      continue;
    }
    const pairs = broken(() => {
      const tag = reader.uint32();
      if (tag !== 10) return (reader.skipType(tag & 7), undefined);
      buffer.clear();
      const to = reader.uint32() + reader.pos;
      if (to > resultEnd) throw bad('a series is longer than what holds it');
      const found = readSeries(to);
      reader.pos = to;
      return found;
    });
    if (pairs === undefined) continue;
    const series = buffer.finish(query, labelsOf(pairs), summary);
    if (series.count > 0) await onSeries(series);
  }
}
