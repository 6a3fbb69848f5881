import { expect, test } from 'vitest';
import {
  byChange,
  judgeCount,
  judgeNamedCount,
  judgeReason,
  judgeShare,
  presence,
  usageChanges,
} from './differences.ts';
import type { ComparedReason, ComparedUsage } from './runs-api.ts';

const pair = (a: number | null, b: number | null) => ({
  a,
  b,
  difference: a === null || b === null ? null : b - a,
  ratio: a === null || b === null || a === 0 ? null : b / a,
});
const hourly = (a: number, b: number, hours = { a: 1, b: 1 }) => ({
  ...pair(a, b),
  a_per_hour: a / hours.a,
  b_per_hour: b / hours.b,
});
const same = pair(1, 1);
const used = { avg: same, max: same, p95: same, request: same, limit: same, danger: pair(0.5, 0.5), waste: same };
const workload = (given: Partial<ComparedUsage> = {}): ComparedUsage => ({
  cluster_a: 'east',
  cluster_b: 'east',
  namespace: 'shop',
  workload_kind: 'Deployment',
  workload: 'web',
  pods: same,
  cpu: used,
  memory: used,
  throttled: { avg: pair(0, 0), max: pair(0, 0) },
  oom_kills: pair(0, 0),
  ...given,
});
const whatOf = (row: ComparedUsage) => usageChanges(row).map(({ what, judgement }) => `${what} ${judgement}`);

test('counts are held against each other by the hour', () => {
  expect(judgeCount(hourly(4, 6))).toBe('worse');
  expect(judgeCount(hourly(4, 6, { a: 1, b: 2 }))).toBe('better');
  expect(judgeCount(hourly(100, 101))).toBe('same');
  expect(judgeCount(hourly(0, 0))).toBe('same');
  expect(judgeCount(hourly(1, 1, { a: 1, b: 0.92 }))).toBe('same');
  expect([judgeCount(hourly(0, 1)), judgeCount(hourly(1, 0))]).toEqual(['worse', 'better']);
  expect(judgeCount({ a: 3, b: 2, a_per_hour: null, b_per_hour: null })).toBe('better');
  expect(judgeCount({ a: null, b: 2, a_per_hour: null, b_per_hour: null })).toBe('unknown');
});

test('more rollouts are neither good nor bad', () => {
  expect(judgeNamedCount({ name: 'rollouts', ...hourly(1, 3) })).toBe('more');
  expect(judgeNamedCount({ name: 'rollouts', ...hourly(3, 1) })).toBe('fewer');
  expect(judgeNamedCount({ name: 'failed_rollouts', ...hourly(1, 3) })).toBe('worse');
});

test('a reason comes, goes, or has more or less of it', () => {
  const reason = (a: number, b: number) => judgeReason({ count: hourly(a, b) } as ComparedReason);
  expect([reason(0, 2), reason(2, 0), reason(2, 3), reason(3, 2)]).toEqual(['new', 'gone', 'worse', 'better']);
});

test('a share differs from a point on', () => {
  expect([pair(0.5, 0.505), pair(0.5, 0.52), pair(0.5, 0.4), pair(null, 1)].map(judgeShare)).toEqual([
    'same',
    'worse',
    'better',
    'unknown',
  ]);
});

test('a workload tells what was set otherwise, and how it fared', () => {
  expect(whatOf(workload())).toEqual([]);
  const halved = workload({
    memory: { ...used, limit: pair(2e9, 1e9), danger: pair(0.45, 0.93) },
    cpu: { ...used, request: pair(null, 0.5), limit: pair(1, null), danger: pair(0.5, null) },
    throttled: { avg: pair(0.3, 0.1), max: pair(1, 1) },
    oom_kills: pair(0, 2),
  });
  expect(whatOf(halved)).toEqual([
    'cpu_request new',
    'cpu_limit gone',
    'memory_limit fewer',
    'danger_memory worse',
    'throttled better',
    'oom_kills worse',
  ]);
});

test('one that only one run has is not compared, and what is worse comes first', () => {
  const gone = workload({ cluster_b: null, workload: 'gone', oom_kills: pair(3, null) });
  const worse = workload({ workload: 'worse', oom_kills: pair(0, 1) });
  const better = workload({ workload: 'better', oom_kills: pair(1, 0) });
  expect([presence(gone), presence(workload({ cluster_a: null })), presence(worse)]).toEqual(['gone', 'new', 'both']);
  expect(usageChanges(gone)).toEqual([]);
  expect(byChange([workload(), better, gone, worse]).map(({ row }) => row.workload)).toEqual([
    'worse',
    'better',
    'gone',
    'web',
  ]);
});
