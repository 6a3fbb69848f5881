import type { LaneCount } from '../../ui/timeline/counts.ts';
import type { LaneSpan } from '../../ui/timeline/spans.ts';
import type { Step } from '../../ui/timeline/steps.ts';
import type { Segment } from '../coverage/segments.ts';
import type { EndpointSteps, OutageItem, RolloutItem } from './services-api.ts';

type Ends = Pick<
  OutageItem,
  'started_at' | 'started_earliest' | 'started_latest' | 'ended_at' | 'ended_earliest' | 'ended_latest'
>;

const millis = (time: string | null): number | null => (time === null ? null : Date.parse(time));

const boundsOf = (row: Ends): Omit<LaneSpan, 'id' | 'look' | 'title'> => ({
  from: Date.parse(row.started_at),
  to: millis(row.ended_at),
  earliestFrom: Date.parse(row.started_earliest),
  latestFrom: Date.parse(row.started_latest),
  earliestTo: millis(row.ended_earliest),
  latestTo: millis(row.ended_latest),
});

const OUTAGE_LOOKS = { down: 'down', degraded: 'degraded', port: 'degraded', off: 'planned' } as const;

/** Intervals as bars; `titleOf` says what one was. */
export const outageSpans = (
  rows: readonly OutageItem[],
  titleOf: (row: OutageItem) => string,
  hrefOf: (row: OutageItem) => string,
): LaneSpan[] =>
  rows.map((row) => ({
    ...boundsOf(row),
    id: row.id,
    look: OUTAGE_LOOKS[row.kind],
    planned: row.planned && row.kind !== 'off',
    title: titleOf(row),
    href: hrefOf(row),
  }));

type RolloutTimes = Pick<RolloutItem, 'id' | 'outcome' | 'started_at' | 'finished_at'>;

/** Rollouts from their start to their end; one whose outcome came at once is as short as can be seen. */
export const rolloutSpans = <R extends RolloutTimes>(
  rows: readonly R[],
  titleOf: (row: R) => string,
  hrefOf: (row: R) => string,
): LaneSpan[] =>
  rows.map((row) => ({
    id: row.id,
    from: Date.parse(row.started_at),
    to: millis(row.finished_at),
    look: row.outcome === 'failed' ? 'failed' : 'planned',
    title: titleOf(row),
    href: hrefOf(row),
  }));

/** The API's steps by their instants. */
export const readySteps = ({ steps }: Pick<EndpointSteps, 'steps'>): (Step & { serving: number })[] =>
  steps.map(({ at, ...counts }) => ({ at: Date.parse(at), ...counts }));

/** What was watched as a quiet line, and what was not as a hatch. */
export const coverageSpans = (
  segments: readonly Segment[],
  titles: { watched: string; notWatched: string },
): LaneSpan[] =>
  segments
    .filter(({ from, to }) => to > from)
    .map(({ state, from, to, reasons }) => {
      const watched = state === 'watching' || state === 'late' || state === 'unreadable';
      const [look, title] = watched
        ? (['watched', titles.watched] as const)
        : (['unknown', titles.notWatched] as const);
      return { id: `${from}`, from, to, look, title: [title, ...reasons].join('\n') };
    });

interface Bars {
  readonly bucket_seconds: number;
  readonly buckets: readonly string[];
  readonly series: readonly { readonly counts: readonly number[] }[];
  readonly others: { readonly counts: readonly number[] };
}

/** A histogram's buckets with what they hold together. */
export const exceptionCounts = ({ bucket_seconds: seconds, buckets, series, others }: Bars): LaneCount[] =>
  buckets.map((at, index) => ({
    from: Date.parse(at),
    to: Date.parse(at) + seconds * 1000,
    count: [...series, others].reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  }));
