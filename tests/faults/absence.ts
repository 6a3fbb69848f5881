import { SOURCES } from '../../ingest/agent/sources.ts';
import type { Span } from './recorded-rows.ts';

/** How far the bounds of a span may lie within the absence that it tells of, and on a clock that waits for the machine beside it. */
export const EXACT_MS = 1_000;
/**
 * Real processes on real clocks: a busy machine holds up what an agent proves, and the span grows by as much, at either end. This
 * only finds what is wrong altogether; `offsetsOf` says how near the spans came.
 */
export const HELD_UP_MS = 60_000;
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

/** The spans of a source that tell of an absence. */
function spansOf({ left, back }: Absence, name: string, spans: readonly Span[]): Span[] {
  // But for an instant at either end: what lies beside the absence is no matter here.
  const [from, to] = [left + EXACT_MS / 2, (back.get(name) ?? Infinity) - EXACT_MS / 2];
  return spans.filter(
    (span) => span.source === name && span.state !== 'watching' && span.from < to && (span.to ?? Infinity) > from,
  );
}

/**
 * What is wrong with what the coverage says of an absence, a line for each source that is told wrongly. A span must not leave out
 * more than `EXACT_MS` of it at either end, nor reach further than `beyondMs` beside it.
 */
export function checkAbsence(absence: Absence, spans: readonly Span[], beyondMs = EXACT_MS): string[] {
  const { left, back, end, history } = absence;
  return SOURCES.flatMap(({ name }) => {
    const backAt = back.get(name) ?? Infinity;
    const found = spansOf(absence, name, spans);
    const [span] = found;
    const state = history === 'kept' ? 'late' : 'gap';
    // On pods something happens all the time; the others were heard of when their watch last brought something.
    const before = name === 'pod' || end === 'stop' ? beyondMs : Math.max(QUIET_MS, beyondMs);
    const to = span?.to ?? Infinity;
    const right =
      found.length === 1 &&
      span?.state === state &&
      span.from >= left - before &&
      span.from <= left + EXACT_MS &&
      to >= backAt - EXACT_MS &&
      to <= backAt + beyondMs;
    const offsets = found.map((one) => `${one.state} ${one.from - left} ${(one.to ?? Infinity) - backAt}`);
    return right ? [] : [`${name}: ${end}, ${history}: ${offsets.join(', ') || 'nothing'}`];
  });
}

/** How far beside an absence the spans of pods, which are never quiet, lie: before it began, and after its end. Milliseconds. */
export function offsetsOf(absence: Absence, spans: readonly Span[]): { before: number; after: number }[] {
  const backAt = absence.back.get('pod') ?? Infinity;
  return spansOf(absence, 'pod', spans).map((span) => ({
    before: absence.left - span.from,
    after: (span.to ?? Infinity) - backAt,
  }));
}
