import { toTime } from '../../platform/clock.ts';
import type { RunComplete, RunWatched } from '../../schemas/api/runs.ts';
import { createMatcher } from '../name-pattern.ts';
import type { FirstWatched } from '../queries/runs/watched.ts';
import type { Period } from '../queries/service-conditions.ts';
import type { Gaps } from '../queries/sla-sources.ts';
import { lengthWithin, toSpans } from '../time-spans.ts';
import type { Subject } from './about.ts';

const HOUR_MS = 3_600_000;
const MOST_SPANS = 20;

/** The clusters that a range is about: those that it names, else all that are known. */
const clustersOf = ({ about }: Subject, known: readonly string[]): string[] =>
  [...new Set(about.clusters.length > 0 ? about.clusters : known)].toSorted();

const least = (shares: readonly number[]): number | null => (shares.length === 0 ? null : Math.min(...shares));
const shareOf = (ms: number, { from, to }: Period): number =>
  to > from ? Math.min(1, Math.max(0, ms / (to - from))) : 0;

/** How much of the range is imported of each cluster. One of which nothing is known counts as missing. */
export function completeOf(
  subject: Subject,
  imported: readonly { readonly cluster: string; readonly imported_ms: number }[],
  known: readonly string[],
): RunComplete {
  const { period } = subject;
  const of = new Map(imported.map(({ cluster, imported_ms: ms }) => [cluster, ms]));
  const clusters = clustersOf(subject, [...known, ...of.keys()]).map((cluster) => {
    const ms = Math.min(of.get(cluster) ?? 0, period.to - period.from);
    return { cluster, ms };
  });
  return {
    share: least(clusters.map(({ ms }) => shareOf(ms, period))),
    clusters: clusters.map(({ cluster, ms }) => ({
      cluster,
      imported_hours: ms / HOUR_MS,
      missing_hours: (period.to - period.from - ms) / HOUR_MS,
    })),
  };
}

type UnwatchedSpan = RunWatched['clusters'][number]['spans'][number];

/** Time of the range that nobody watched: gaps, silence, and all before a cluster's first watch. */
export function watchedOf(subject: Subject, gaps: readonly Gaps[], first: readonly FirstWatched[]): RunWatched {
  const { about, period } = subject;
  const { from, to } = period;
  const matchers = about.namespaces.map(createMatcher);
  const concerns = (namespace: string) =>
    namespace === '' || matchers.length === 0 || matchers.some((matches) => matches(namespace));
  const clusters = clustersOf(
    subject,
    first.map(({ cluster }) => cluster),
  ).map((cluster) => {
    const since = first.find((one) => one.cluster === cluster)?.since_ms ?? Number.POSITIVE_INFINITY;
    const before = { namespace: '', of: 'all' as const, span: [from, Math.min(since, to)] as const };
    const found = gaps
      .filter((gap) => gap.cluster === cluster && concerns(gap.namespace))
      .flatMap(({ namespace, of, spans }) =>
        spans.map(([begin, end]) => ({
          namespace,
          of,
          span: [Math.max(begin, from), Math.min(end ?? to, to)] as const,
        })),
      );
    const lost = [before, ...found].filter(({ span }) => span[1] > span[0]);
    const ms = lengthWithin(toSpans(lost.map(({ span }) => span)), from, to);
    const spans: UnwatchedSpan[] = lost
      .toSorted((a, b) => b.span[1] - b.span[0] - (a.span[1] - a.span[0]))
      .slice(0, MOST_SPANS)
      .map(({ namespace, of, span }) => ({ from: toTime(span[0]), to: toTime(span[1]), namespace, of }));
    return { cluster, ms, spans };
  });
  return {
    share: least(clusters.map(({ ms }) => (to > from ? 1 - shareOf(ms, period) : 0))),
    clusters: clusters.map(({ cluster, ms, spans }) => ({ cluster, unwatched_s: ms / 1000, spans })),
  };
}
