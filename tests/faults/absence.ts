import { SOURCES } from '../../ingest/agent/sources.ts';
import type { Span } from './recorded-rows.ts';

/** How far a span may lie from the absence that it tells of. */
export const EXACT_MS = 1_000;
/** A watch on which nothing happens is heard of when it ends, at the latest. */
const QUIET_MS = 30_000;

/** A time without an agent; times in milliseconds since the epoch. */
export interface Absence {
  readonly end: 'stop' | 'kill';
  /** Whether the API server still knows, when the agent comes back, what happened meanwhile. */
  readonly history: 'kept' | 'compacted';
  readonly left: number;
  /** By source: when its watch was taken up again, or when it was listed anew where the history is gone. */
  readonly back: ReadonlyMap<string, number>;
}

/** What is wrong with what the coverage says of an absence, a line for each source that is told wrongly. */
export function checkAbsence({ left, back, end, history }: Absence, spans: readonly Span[]): string[] {
  return SOURCES.flatMap(({ name }) => {
    const backAt = back.get(name) ?? Infinity;
    // But for an instant at either end: what lies beside the absence is no matter here.
    const [from, to] = [left + EXACT_MS / 2, backAt - EXACT_MS / 2];
    const found = spans.filter(
      (span) => span.source === name && span.state !== 'watching' && span.from < to && (span.to ?? Infinity) > from,
    );
    const [span] = found;
    const state = history === 'kept' ? 'late' : 'gap';
    // On pods something happens all the time; the others were heard of when their watch last brought something.
    const before = name === 'pod' || end === 'stop' ? EXACT_MS : QUIET_MS;
    const right =
      found.length === 1 &&
      span?.state === state &&
      span.from >= left - before &&
      span.from <= left + EXACT_MS &&
      Math.abs((span.to ?? Infinity) - backAt) <= EXACT_MS;
    const offsets = found.map((one) => `${one.state} ${one.from - left} ${(one.to ?? Infinity) - backAt}`);
    return right ? [] : [`${name}: ${end}, ${history}: ${offsets.join(', ') || 'nothing'}`];
  });
}
