import { Reader } from 'protobufjs/minimal.js';
import { AppError, isAppError } from '../../../platform/errors.ts';
import { FrameSplitter } from './frames.ts';
import type { LabelCache } from './label-cache.ts';
import { SeriesBuffer } from './series-buffer.ts';
import type { OnSeries, ReadSummary, Series } from './series.ts';
import { decodeXorChunk } from './xor-chunk.ts';

const XOR = 1;

/** A `Chunk` message: type (3), data (4). Its data as [start, end), or nothing where it is no XOR chunk. */
interface ChunkSpan {
  encoding: number;
  start: number;
  end: number;
}

function readChunk(reader: Reader, end: number, chunk: ChunkSpan): void {
  chunk.encoding = 0;
  chunk.start = chunk.end = end;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 24) chunk.encoding = reader.uint32();
    else if (tag === 34) {
      const length = reader.uint32();
      chunk.start = reader.pos;
      chunk.end = reader.pos + length;
      reader.pos = chunk.end;
    } else reader.skipType(tag & 7);
  }
}

/** The end of a message of `length` bytes that begins here; a longer one than what is around it is a lie. */
function endOf(reader: Reader, end: number): number {
  const length = reader.uint32();
  if (reader.pos + length > end) throw new RangeError('a message is longer than its frame');
  return reader.pos + length;
}

/** What the consumer threw, to be told from what is wrong with the answer. */
class ConsumerError extends Error {}

const thrownBy = (error: unknown): unknown => {
  if (error instanceof ConsumerError) return error.cause;
  if (isAppError(error)) return error;
  return new AppError('prometheus_bad_answer', 'the stream holds other messages than those of a remote read', {
    cause: error,
  });
};

/** Calls the consumer; what it throws goes through as it is. */
function deliver(onSeries: OnSeries, series: Series): Promise<void> | void {
  const wrap = (cause: unknown): never => {
    throw new ConsumerError('the consumer failed', { cause });
  };
  try {
    const done = onSeries(series);
    return done instanceof Promise ? done.catch(wrap) : undefined;
  } catch (error) {
    return wrap(error);
  }
}

/**
 * Reads the body of a streamed remote read: frames of `ChunkedReadResponse`, a series' chunks over one or more of them
 * one after the other. Hands each series over as soon as the next one begins, and holds one frame and one series.
 * Throws `prometheus_bad_answer` for what is broken, `prometheus_unavailable` where the body ends within a frame.
 */
export async function readStream(
  body: AsyncIterable<Uint8Array>,
  range: { fromMs: number; toMs: number; selectors: number },
  labels: LabelCache,
  onSeries: OnSeries,
  summary: ReadSummary,
): Promise<void> {
  const frames = new FrameSplitter();
  const buffer = new SeriesBuffer();
  const chunk: ChunkSpan = { encoding: 0, start: 0, end: 0 };
  const spans: number[] = [];
  let current: { query: number; key: string; labels: ReturnType<LabelCache['get']> } | undefined;

  const finish = (): Promise<void> | void => {
    if (current === undefined) return;
    const series = buffer.finish(current.query, current.labels, summary);
    current = undefined;
    if (series.count > 0) return deliver(onSeries, series);
  };

  /** One `ChunkedSeries`: labels (1), chunks (2). Labels stand before the chunks in every server's answers. */
  const openSeries = (reader: Reader, end: number, query: number): Promise<void> | void => {
    const start = reader.pos;
    let labelsEnd = start;
    spans.length = 0;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.uint32();
      if (tag === 18) {
        reader.pos = at;
        break;
      }
      if (tag === 10) {
        const to = endOf(reader, end);
        spans.push(reader.pos, to);
        reader.pos = to;
        labelsEnd = to;
      } else reader.skipType(tag & 7);
    }
    const key = frames.bytes.toString('latin1', start, labelsEnd);
    if (current !== undefined && current.key === key && current.query === query) return;
    const done = finish();
    const begin = (): void => {
      current = { query, key, labels: labels.get(key, frames.bytes, spans) };
      buffer.clear();
    };
    if (done === undefined) return begin();
    return done.then(begin);
  };

  const readChunks = (reader: Reader, end: number): void => {
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag !== 18) {
        reader.skipType(tag & 7);
        continue;
      }
      const to = endOf(reader, end);
      readChunk(reader, to, chunk);
      reader.pos = to;
      if (chunk.end > to) throw new RangeError('a chunk is longer than its message');
      if (chunk.encoding !== XOR) summary.skipped += 1;
      else decodeXorChunk(frames.view, chunk.start, chunk.end, buffer, range.fromMs, range.toMs);
    }
  };

  const readFrame = async (): Promise<void> => {
    const { start, end } = frames;
    const reader = Reader.create(frames.bytes);
    reader.pos = start;
    reader.len = end;
    let query = 0;
    // The query's index stands behind the series in the message, but tells of them: it is looked for first.
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 16) query = reader.uint32();
      else reader.skipType(tag & 7);
    }
    if (query >= range.selectors) throw new RangeError('it answers a query that was not asked');
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag !== 10) {
        reader.skipType(tag & 7);
        continue;
      }
      const to = endOf(reader, end);
      const opened = openSeries(reader, to, query);
      if (opened !== undefined) await opened;
      readChunks(reader, to);
      reader.pos = to;
    }
  };

  for await (const part of body) {
    summary.bytes += part.length;
    frames.push(part);
    for (;;) {
      try {
        if (!frames.next()) break;
        await readFrame();
      } catch (error) {
        throw thrownBy(error);
      }
    }
  }
  if (frames.cut) {
    throw new AppError('prometheus_unavailable', 'the stream of samples was cut off', { retryable: true });
  }
  try {
    await finish();
  } catch (error) {
    throw thrownBy(error);
  }
}
