import { describe, expect, it } from 'vitest';
import type { Thresholds } from '../../schemas/api/run-parameters.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import { checkReport } from './checks.ts';
import { foundCheck } from './found.ts';
import { ownerOf } from './known.ts';
import type { HeldReport } from './report.ts';

const THRESHOLDS: Thresholds = {
  max_new_exceptions: 0,
  max_oom_kills: 0,
  max_outages: 0,
  max_failed_rollouts: 0,
  max_unfinished_rollouts: 0,
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
  unfinished?: number;
  whole?: boolean;
  exact?: boolean;
  /** Share known of all that has a limit. */
  known?: number;
};
function report({
  hours = 1,
  oomKills = 0,
  fresh = 0,
  complete = 1,
  watched = 1,
  usage = [],
  total,
  unfinished = 0,
  whole = true,
  exact = true,
  known = 1,
}: Change): HeldReport {
  const share = { cpu: known, memory: known, throttled: known };
  return {
    hours,
    whole,
    known: new Map(usage.map((item) => [ownerOf(item), share])),
    exceptions: { oom_kills: oomKills, new_exceptions: fresh, groups: [] },
    outages: { unplanned: 0, unplanned_s: 0, items: [] },
    rollouts: { failed: 0, unfinished, items: [] },
    usage: { items: usage, total: total ?? usage.length, resolution: { exact, why: exact ? 'short' : 'retention' } },
    complete: { share: complete, clusters: [] },
    watched: { share: watched, clusters: [] },
  } as unknown as HeldReport;
}

function failed(change: Change, thresholds: Partial<Thresholds> = {}, baseline: Change | null = null): string[] {
  const input = {
    about: { namespaces: [], workloads: [] },
    found: { namespaces: [], workloads: [] },
    report: report(change),
    baseline: baseline && report(baseline),
    oomKilled: [],
  };
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
  ['one unknown beside one known', [usageItem('web', null), usageItem('db', 0.1)], ['memory_ratio']],
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

const SET = { max_memory_ratio: 0.9 };
const GOOD: Change = { usage: [usageItem('web', 0.5)] };
it.each([
  ['known too little of', { ...GOOD, known: 0.94 }, null, ['memory_ratio']],
  ['known enough of', { ...GOOD, known: 0.95 }, null, []],
  [
    'known too little of, which the baseline was, too',
    { ...GOOD, known: 0.5 },
    { ...GOOD, known: 0.5 },
    ['memory_ratio'],
  ],
  ['of coarser rows', { ...GOOD, exact: false }, null, ['memory_ratio']],
  ['of more workloads than there are rows', { ...GOOD, total: 501 }, GOOD, ['memory_ratio']],
  ['over it as in an exact baseline', { usage: [usageItem('web', 0.95)] }, { usage: [usageItem('web', 1)] }, []],
  [
    'over it as in a baseline of coarser rows',
    { usage: [usageItem('web', 0.95)] },
    { usage: [usageItem('web', 1)], exact: false },
    ['memory_ratio'],
  ],
])('a ratio %s', (_what, change, baseline, wanted) => {
  expect(failed(change, SET, baseline)).toEqual(wanted);
});

it('a rollout that goes on at the end is no good outcome, whatever the baseline', () => {
  expect(failed({ unfinished: 1 }, {}, { unfinished: 1 })).toEqual(['unfinished_rollouts']);
  expect(failed({ unfinished: 1 }, { max_unfinished_rollouts: 1 })).toEqual([]);
});

it('what may not be seen is not good', () => {
  expect(failed({ whole: false })).toEqual(['found']);
});

it.each([
  [{ namespaces: ['a'], workloads: ['Deployment/web'] }, []],
  [{ namespaces: ['a*'], workloads: ['w*'] }, []],
  [{ namespaces: ['typo'], workloads: [] }, ['no namespace typo is known in the range']],
  [{ namespaces: ['seen'], workloads: ['gone'] }, ['no workload gone is known in the range']],
  [
    { namespaces: [], workloads: ['deployment/web'] },
    [expect.stringMatching(/^no workload deployment\/web .*Deployment\/web/)],
  ],
])('names %j are looked for', (about, wanted) => {
  const found = { namespaces: ['seen'], workloads: [] };
  const check = foundCheck(about, { whole: true, items: [usageItem('web', 1)], found });
  expect(check.what.map(({ text }) => text)).toEqual(wanted);
  expect(check.ok).toBe(wanted.length === 0);
});
