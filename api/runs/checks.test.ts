import { describe, expect, it } from 'vitest';
import type { Thresholds } from '../../schemas/api/run-parameters.ts';
import type { RangeReport } from '../../schemas/api/runs.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import { checkReport } from './checks.ts';

const THRESHOLDS: Thresholds = {
  max_new_exceptions: 0,
  max_oom_kills: 0,
  max_outages: 0,
  max_failed_rollouts: 0,
  min_complete: 0.95,
  min_watched: 1,
};

/** As far as checks look at it. */
const usageItem = (workload: string, memory: number | null, throttled: number | null = null) =>
  ({
    cluster: 'east',
    namespace: 'a',
    workload_kind: 'Deployment',
    workload,
    danger: { cpu: null, memory },
    throttled: { avg: throttled, max: throttled, known: 1 },
  }) as UsageItem;

type Change = {
  hours?: number;
  oomKills?: number;
  fresh?: number;
  complete?: number | null;
  watched?: number | null;
  usage?: UsageItem[];
  total?: number;
};
function report({
  hours = 1,
  oomKills = 0,
  fresh = 0,
  complete = 1,
  watched = 1,
  usage = [],
  total,
}: Change): RangeReport {
  return {
    hours,
    exceptions: { oom_kills: oomKills, new_exceptions: fresh, groups: [] },
    outages: { unplanned: 0, unplanned_s: 0, items: [] },
    rollouts: { failed: 0, items: [] },
    usage: { items: usage, total: total ?? usage.length },
    complete: { share: complete, clusters: [] },
    watched: { share: watched, clusters: [] },
  } as unknown as RangeReport;
}

function failed(change: Change, thresholds: Partial<Thresholds> = {}, baseline: Change | null = null): string[] {
  const input = { report: report(change), baseline: baseline && report(baseline), oomKilled: [] };
  return checkReport(input, { ...THRESHOLDS, ...thresholds })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

it('finds nothing wrong where nothing is', () => {
  expect(failed({})).toEqual([]);
});

describe('what is missing', () => {
  it.each([
    [{ complete: 0.94 }, {}, ['complete']],
    [{ complete: 0.95 }, {}, []],
    [{ complete: null }, {}, ['complete']],
    [{ complete: null, watched: null }, { min_complete: 0, min_watched: 0 }, []],
    [{ watched: 0.999 }, {}, ['watched']],
    [{ watched: null }, {}, ['watched']],
    [{ watched: 0.5 }, { min_watched: 0.5 }, []],
  ])('%j within %j', (change, thresholds, wanted) => {
    expect(failed(change, thresholds)).toEqual(wanted);
  });
  it('no baseline excuses', () => {
    expect(failed({ complete: 0.1, watched: 0.1 }, {}, { complete: 0.1, watched: 0.1 })).toEqual([
      'watched',
      'complete',
    ]);
  });
});

describe('a baseline', () => {
  it.each([
    ['as many by the hour', { oomKills: 4, hours: 2 }, { oomKills: 2, hours: 1 }, []],
    ['more by the hour', { oomKills: 4, hours: 1 }, { oomKills: 4, hours: 2 }, ['oom_kills']],
    ['none', { oomKills: 1 }, { oomKills: 0 }, ['oom_kills']],
    ['no length', { oomKills: 1 }, { oomKills: 9, hours: 0 }, ['oom_kills']],
    ['new exceptions, which it has told already', { fresh: 1 }, { fresh: 1 }, ['new_exceptions']],
  ])('of %s', (_what, change, baseline, wanted) => {
    expect(failed(change, {}, baseline)).toEqual(wanted);
  });
  it('excuses a workload by the same workload alone', () => {
    const [now, then] = [
      [usageItem('web', 0.95), usageItem('db', 0.99)],
      [usageItem('web', 0.95), usageItem('db', 0.98)],
    ];
    expect(failed({ usage: now }, { max_memory_ratio: 0.9 }, { usage: then })).toEqual(['memory_ratio']);
    expect(failed({ usage: then }, { max_memory_ratio: 0.9 }, { usage: now })).toEqual([]);
    expect(failed({ usage: then }, { max_memory_ratio: 0.9 }, { usage: [usageItem('api', 1)] })).toEqual([
      'memory_ratio',
    ]);
  });
});

it.each([
  ['a workload over it', [usageItem('web', 0.5), usageItem('db', 0.91)], ['memory_ratio']],
  ['all at it', [usageItem('web', 0.9)], []],
  ['one unknown beside one known', [usageItem('web', null), usageItem('db', 0.1)], []],
  ['nothing known', [usageItem('web', null)], ['memory_ratio']],
  ['no workloads', [], ['memory_ratio']],
])('holds ratios against a threshold: %s', (_what, usage, wanted) => {
  expect(failed({ usage }, { max_memory_ratio: 0.9 })).toEqual(wanted);
});

it('cannot tell the most throttled of more workloads than it has', () => {
  const usage = [usageItem('web', null, 0.1)];
  expect(failed({ usage }, { max_throttled: 0.2 })).toEqual([]);
  expect(failed({ usage }, { max_throttled: 0.05 })).toEqual(['throttled']);
  expect(failed({ usage, total: 501 }, { max_throttled: 0.2 })).toEqual(['throttled']);
});
