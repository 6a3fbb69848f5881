import { toSegments, type CoverageState, type Segment } from '../../lib/coverage/segments.ts';
import type { Range } from '../../lib/time/range.ts';
import type { CoverageSpan } from './interruptions.ts';

/** How one kind in one namespace ('' for all) was watched over the range. */
export interface Strip {
  readonly kind: string;
  readonly namespace: string;
  readonly segments: readonly Segment[];
  /** Where the range ends. */
  readonly last: CoverageState;
  readonly unwatchedMs: number;
}

/** The strips of one cluster: the least watched first, then by name. */
export function toStrips(spans: readonly CoverageSpan[], range: Range, now: number): Strip[] {
  const byKind = Map.groupBy(spans, ({ kind }) => kind);
  const strips = [...byKind].flatMap(([kind, own]) =>
    [...new Set(own.map(({ namespace }) => namespace))].map((namespace) => {
      // A span of all namespaces speaks of each; that it was ended says nothing of those that are watched by themselves.
      const about = own
        .filter((span) => span.namespace === namespace || (span.namespace === '' && span.state !== 'closed'))
        .map((span) => ({ ...span, namespace }));
      const segments = toSegments(about, range, now);
      const unwatchedMs = segments
        .filter(({ state }) => state !== 'watching')
        .reduce((sum, { from, to }) => sum + to - from, 0);
      return { kind, namespace, segments, last: segments.at(-1)?.state ?? 'unknown', unwatchedMs };
    }),
  );
  return strips.toSorted(
    (a, b) => b.unwatchedMs - a.unwatchedMs || (`${a.kind}/${a.namespace}` < `${b.kind}/${b.namespace}` ? -1 : 1),
  );
}

/** Finer than this, nobody tells two strips apart. */
const DRAWN_STEPS = 150;

const brokenOf = ({ segments }: Strip): Segment[] => segments.filter(({ state }) => state !== 'watching');

function looksLike(a: Strip, b: Strip, within: number): boolean {
  const [mine, others] = [brokenOf(a), brokenOf(b)];
  const same = (one: Segment, other: Segment | undefined): boolean =>
    one.state === other?.state && Math.abs(one.from - other.from) <= within && Math.abs(one.to - other.to) <= within;
  return mine.length === others.length && mine.every((segment, at) => same(segment, others[at]));
}

/** The strips that look the same over the range, together; in their order. */
export function alike(strips: readonly Strip[], { from, to }: Range): Strip[][] {
  const groups: Strip[][] = [];
  for (const strip of strips) {
    const group = groups.find(([first]) => first && looksLike(first, strip, (to - from) / DRAWN_STEPS));
    if (group) group.push(strip);
    else groups.push([strip]);
  }
  return groups;
}

/** What nobody ever watched. */
export const nothingKnown = (range: Range): Segment[] => [
  { ...range, state: 'unknown', clusters: [], kinds: [], reasons: [] },
];
