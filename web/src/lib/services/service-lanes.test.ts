import { expect, it } from 'vitest';
import { coverageSpans, exceptionCounts, outageSpans, readySteps, rolloutSpans } from './service-lanes.ts';
import type { OutageItem } from './services-api.ts';

const time = (second: number): string => new Date(second * 1000).toISOString();
const interval = (own: Partial<OutageItem>): OutageItem =>
  ({
    id: 'a',
    kind: 'down',
    planned: false,
    started_at: time(10),
    started_earliest: time(9),
    started_latest: time(11),
    ended_at: null,
    ended_earliest: null,
    ended_latest: null,
    ...own,
  }) as OutageItem;
const spans = (own: Partial<OutageItem>) =>
  outageSpans(
    [interval(own)],
    ({ kind }) => kind,
    ({ id }) => `#${id}`,
  );

it('an interval keeps its bounds and its shape', () => {
  expect(spans({})).toEqual([
    {
      id: 'a',
      from: 10_000,
      to: null,
      earliestFrom: 9000,
      latestFrom: 11_000,
      earliestTo: null,
      latestTo: null,
      look: 'down',
      planned: false,
      title: 'down',
      href: '#a',
    },
  ]);
  expect(spans({ kind: 'degraded', planned: true })[0]).toMatchObject({ look: 'degraded', planned: true });
  expect(spans({ kind: 'off', planned: true })[0]).toMatchObject({ look: 'planned', planned: false });
});

it('a rollout that failed looks so', () => {
  const row = { id: 'r', started_at: time(1), finished_at: time(5) };
  const looks = (['failed', 'completed', 'progressing'] as const).map(
    (outcome) =>
      rolloutSpans(
        [{ ...row, outcome }],
        () => '',
        ({ id }) => id,
      )[0]?.look,
  );
  expect(looks).toEqual(['failed', 'planned', 'planned']);
});

it('steps go by instants', () => {
  const steps = [{ at: time(3), ready: 1, serving: 0, wanted: 2 }];
  expect(readySteps({ steps })).toEqual([{ at: 3000, ready: 1, serving: 0, wanted: 2 }]);
});

it('only what nobody watched is hatched', () => {
  const segment = { clusters: [], kinds: [], reasons: ['410 Gone'] };
  const states = ['watching', 'late', 'gap', 'unknown'] as const;
  const found = coverageSpans(
    states.map((state, at) => ({ ...segment, state, from: at, to: at + 1 })),
    { watched: 'yes', notWatched: 'no' },
  );
  expect(found.map(({ look }) => look)).toEqual(['watched', 'watched', 'unknown', 'unknown']);
  expect(found[2]?.title).toBe('no\n410 Gone');
});

it('a bucket counts all its series, and the rest', () => {
  const counts = exceptionCounts({
    bucket_seconds: 60,
    buckets: [time(0), time(60)],
    series: [{ counts: [1, 0] }, { counts: [2, 5] }],
    others: { counts: [4, 0] },
  });
  expect(counts).toEqual([
    { from: 0, to: 60_000, count: 7 },
    { from: 60_000, to: 120_000, count: 5 },
  ]);
});
