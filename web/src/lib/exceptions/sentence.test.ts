import { describe, expect, test } from 'vitest';
import { livedMs, memoryText, sentenceOf, type ExceptionRow, type Told } from './sentence.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();

const ROW: ExceptionRow = {
  id: 'e',
  type: 'death',
  cluster: 'prod',
  namespace: 'shop',
  pod: 'web-1',
  pod_uid: 'uid',
  node: 'node-1',
  container: 'app',
  container_kind: 'app',
  container_id: '',
  workload_kind: 'Deployment',
  workload: 'web',
  services: [],
  reason: 'OOMKilled',
  exit_code: 137,
  signal: 'SIGKILL',
  message: '',
  started_at: at(-42),
  finished_at: at(0),
  observed_at: at(1),
  restart_count: 3,
  ordinal: 2,
  verdict: 'reported',
  rule: '',
  log_status: 'caught',
  fingerprint: 'f',
  hint: '',
  image: 'web:7',
};
const LIMITED = {
  observed_at: at(0),
  resource_version: '7',
  object: { spec: { containers: [{ name: 'side' }, { name: 'app', resources: { limits: { memory: '128Mi' } } }] } },
};
const told = (row: Partial<Told> = {}, earlier: readonly number[] = []): Told => ({
  ...ROW,
  spec: null,
  siblings: {
    container: earlier.map((seconds, index) => ({
      ...ROW,
      id: `s${index}`,
      finished_at: at(seconds),
      observed_at: at(seconds),
    })),
    fingerprint: [],
  },
  ...row,
});
const both = (row: Told) => [sentenceOf(row, NOON + 60_000, 'en'), sentenceOf(row, NOON + 60_000, 'zh')];

describe('a death', () => {
  test('with all that can be known', () => {
    expect(both(told({ spec: LIMITED }, [-100, -300, -9000]))).toEqual([
      'web/app was OOM-killed (137) 42 s after it started; limit 128 MiB, third time in 10 min',
      'web/app 因内存超限被杀（137），距启动 42秒；内存上限 128 MiB，10 分钟内第 3 次',
    ]);
  });

  test.each<[Partial<Told>, string]>([
    [{ started_at: null }, 'web/app was OOM-killed (137)'],
    [{ started_at: at(5) }, 'web/app was OOM-killed (137)'],
    [{ started_at: null, container: 'web' }, 'web was OOM-killed (137)'],
    [{ reason: 'Error', exit_code: 1, signal: '' }, 'web/app ended with exit code 1, 42 s after it started'],
    [
      { reason: 'Completed', exit_code: 0, signal: '' },
      'web/app ended by itself with exit code 0, 42 s after it started',
    ],
    [{ reason: 'Error' }, 'web/app was killed (SIGKILL, 137) 42 s after it started'],
    [
      { reason: 'Error', exit_code: 139, signal: 'SIGSEGV' },
      'web/app crashed with SIGSEGV (139) 42 s after it started',
    ],
    [{ reason: 'Error', exit_code: 143, signal: 'SIGTERM' }, 'web/app ended on SIGTERM (143) 42 s after it started'],
    [{ reason: 'Unknown', exit_code: null, signal: '', started_at: null }, 'web/app ended; how is not known'],
    [{ reason: 'StartError', exit_code: 128, signal: '', started_at: at(0) }, 'web/app could not be started (128)'],
  ])('%o', (row, expected) => {
    expect(sentenceOf(told(row), NOON, 'en')).toBe(expected);
  });

  test('counts what ended in the same way before it, in the shortest window that holds several', () => {
    const often = (earlier: number[]) => sentenceOf(told({ started_at: null }, earlier), NOON, 'en').split('; ')[1];
    expect(often([])).toBeUndefined();
    expect(often([30])).toBeUndefined();
    expect(often([-90_000])).toBeUndefined();
    expect(often([-1800])).toBe('second time in 1 h');
    expect(often([-7200, -10_000])).toBe('third time in 24 h');
    expect(often(Array.from({ length: 20 }, (_, index) => -1 - index))).toBe('at least 21 times in 10 min');
    expect(often(Array.from({ length: 11 }, (_, index) => -1 - index))).toBe('12th time in 10 min');
    const other = told({ started_at: null }, [-10]);
    other.siblings.container[0]!.exit_code = 1;
    expect(sentenceOf(other, NOON, 'en')).toBe('web/app was OOM-killed (137)');
  });

  test("takes no other container's limit, and says a limit only where it was reached", () => {
    expect(sentenceOf(told({ spec: LIMITED, container: 'side', started_at: null }), NOON, 'en')).toBe(
      'web/side was OOM-killed (137)',
    );
    expect(sentenceOf(told({ spec: LIMITED, reason: 'Error' }), NOON, 'en')).not.toMatch(/limit/);
    expect(sentenceOf(told({ spec: { ...LIMITED, object: 'not a pod' }, started_at: null }), NOON, 'en')).toBe(
      'web/app was OOM-killed (137)',
    );
  });
});

test.each<[Partial<Told>, string, string]>([
  [
    { type: 'stuck', reason: 'CrashLoopBackOff', started_at: at(-540), finished_at: null },
    'web/app is crash-looping (CrashLoopBackOff), for 10 min so far; 2 deaths meanwhile',
    'web/app 正在反复崩溃（CrashLoopBackOff），已持续 10分；期间退出 2 次',
  ],
  [
    { type: 'stuck', reason: 'ImagePullBackOff', started_at: at(-600) },
    'web/app could not pull its image (ImagePullBackOff) for 10 min',
    'web/app 曾拉不到镜像（ImagePullBackOff），持续 10分',
  ],
  [
    { type: 'stuck', reason: 'Unschedulable', container: '', started_at: null, finished_at: null },
    'Pod web-1 cannot be scheduled (Unschedulable)',
    'Pod web-1 无法调度（Unschedulable）',
  ],
  [
    { type: 'pod', reason: 'Evicted', container: '', started_at: at(-3600) },
    'Pod web-1 was evicted 1 h after it started; node node-1',
    'Pod web-1 被驱逐，距启动 1小时；节点 node-1',
  ],
  [
    {
      type: 'job',
      reason: 'BackoffLimitExceeded',
      container: '',
      pod: '',
      workload_kind: 'CronJob',
      workload: 'report',
      node: '',
    },
    'CronJob report failed (BackoffLimitExceeded) 42 s after it started',
    'CronJob report 失败（BackoffLimitExceeded），距启动 42秒',
  ],
])('%o', (row, english, chinese) => {
  expect(both(told(row, [-9000, -500, -10]))).toEqual([english, chinese]);
});

test('memory as people read it', () => {
  expect(['128Mi', '1Gi', '1.5G', '500k', '134217728', 'odd'].map((text) => memoryText(text, 'en'))).toEqual([
    '128 MiB',
    '1 GiB',
    '1.5 GB',
    '500 kB',
    '128 MiB',
    'odd',
  ]);
});

test('a clock that ran backwards gives no length', () => {
  expect(livedMs({ ...ROW, started_at: at(1) })).toBeNull();
  expect(livedMs(ROW)).toBe(42_000);
});
