import type { RawObject } from './known-objects.ts';
import { rawObjectOf } from './raw-object.ts';

/** A line of a watch that could not be read, or that is no watch event. `head` is its first bytes, never to be logged. */
export interface BadLine {
  readonly reason: 'not_json' | 'too_long' | 'not_event' | 'truncated';
  readonly bytes: number;
  readonly head: string;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: RawObject }
  | { readonly type: 'BOOKMARK'; readonly version: string }
  | { readonly type: 'ERROR'; readonly status: unknown }
  | { readonly type: 'BAD'; readonly line: BadLine };

const HEAD_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

const headOf = (line: Buffer): string => line.toString('utf8', 0, Math.min(line.length, HEAD_BYTES));
const bad = (reason: BadLine['reason'], line: Buffer, bytes = line.length): WatchEvent => ({
  type: 'BAD',
  line: { reason, bytes, head: headOf(line) },
});

interface Frame {
  type?: unknown;
  object?: { metadata?: { resourceVersion?: unknown } };
}

/** Reads one line as a watch event. Never throws: what cannot be read is an event of type BAD. */
function parseWatchLine(line: Buffer, whole = true): WatchEvent {
  let frame: Frame | null;
  try {
    frame = JSON.parse(line.toString('utf8')) as Frame | null;
  } catch {
    return bad(whole ? 'not_json' : 'truncated', line);
  }
  switch (frame?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const object = rawObjectOf(frame.object);
      return object ? { type: frame.type, object } : bad('not_event', line);
    }
    case 'BOOKMARK': {
      const version = frame.object?.metadata?.resourceVersion;
      return typeof version === 'string' && version !== '' ? { type: 'BOOKMARK', version } : bad('not_event', line);
    }
    case 'ERROR':
      return { type: 'ERROR', status: frame.object };
    default:
      return bad('not_event', line);
  }
}

/**
 * Cuts a body into lines and reads each. Yields once a chunk, with an empty array where no line has ended, so that the
 * reader knows of every sign of life. A line over `maxLineBytes` is skipped to its end and comes as BAD. Linear in the
 * body's size: each byte is looked at once and copied once.
 */
export async function* watchEvents(
  body: AsyncIterable<Uint8Array>,
  options: { maxLineBytes: number },
): AsyncGenerator<WatchEvent[]> {
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer): void => {
    length += part.length;
    if (length <= options.maxLineBytes || parts.length === 0) parts.push(part);
    else if (parts.length > 1) parts = [Buffer.concat(parts).subarray(0, HEAD_BYTES)];
  };
  const finish = (whole: boolean): WatchEvent | null => {
    const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    const size = length;
    parts = [];
    length = 0;
    if (size > options.maxLineBytes) return bad('too_long', line, size);
    return line.every((byte) => byte <= 0x20) ? null : parseWatchLine(line, whole);
  };
  for await (const bytes of body) {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const events: WatchEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      const event = finish(true);
      if (event) events.push(event);
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
    yield events;
  }
  const last = finish(false);
  if (last) yield [last];
}
