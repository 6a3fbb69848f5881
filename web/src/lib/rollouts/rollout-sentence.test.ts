import { expect, test } from 'vitest';
import { rolloutName, rolloutOfPane, rolloutPane } from './rollout-name.ts';
import { afterRollout, rolloutSentence, type ToldRollout } from './rollout-sentence.ts';

const NOW = Date.parse('2026-11-23T08:00:00.000Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

const told = (given: Partial<ToldRollout>): ToldRollout => ({
  id: 'r',
  cluster: 'c',
  namespace: 'n',
  workload_kind: 'Deployment',
  workload: 'web',
  workload_uid: 'u',
  services: [],
  team: '',
  environment: '',
  kind: 'change',
  revision: '7',
  template: 't',
  outcome: 'completed',
  reason: '',
  started_at: at(-300),
  started_earliest: at(-300),
  finished_at: at(-258),
  failed_at: null,
  observed_at: at(-300),
  wanted: 5,
  updated: 2,
  available: 4,
  images_before: { web: 'r/web:1' },
  images_after: { web: 'r/web:2' },
  changed: [],
  manager: 'helm',
  change_cause: '',
  exceptions: [],
  goes_back_to: '',
  superseded_by: '',
  duration_s: 42,
  outages: 0,
  ...given,
});

const DIED = 'web-1-a: app died, Error (exit code 3)';

test.each<[Partial<ToldRollout>, string, string]>([
  [{}, 'web@7 (1 → 2) was rolled out in 42 s', 'web@7（1 → 2）发布完成，用时 42秒'],
  [
    { kind: 'restart', images_before: {}, images_after: {} },
    'web@7 was restarted in 42 s',
    'web@7 重启完成，用时 42秒',
  ],
  [
    { outcome: 'progressing', kind: 'rollback', finished_at: null },
    'web@7 (1 → 2) is being rolled back, for 5 min so far: 2 of 5 updated, 4 available',
    'web@7（1 → 2）正在回滚，已 5分：已更新 2 / 5，可用 4',
  ],
  [
    { outcome: 'paused', reason: 'paused', finished_at: null },
    'web@7 (1 → 2) is paused, after 5 min: 2 of 5 updated, 4 available',
    'web@7（1 → 2）的发布已暂停，距开始 5分：已更新 2 / 5，可用 4',
  ],
  [
    { outcome: 'held', reason: 'held by its partition of 3', finished_at: null },
    'web@7 (1 → 2) stands still, for 5 min so far: held by its partition of 3; 2 of 5 updated, 4 available',
    'web@7（1 → 2）的发布停在中途，已 5分：受 partition 3 限制；已更新 2 / 5，可用 4',
  ],
  [
    { outcome: 'failed', reason: DIED, failed_at: at(-240), finished_at: null },
    `web@7 (1 → 2) failed 1 min after it began: ${DIED}; it is not over`,
    'web@7（1 → 2）的发布在开始 1分后失败：web-1-a 的容器 app 异常退出：Error（退出码 3）；尚未结束',
  ],
  [{ outcome: 'failed', failed_at: at(-300) }, 'web@7 (1 → 2) failed at once', 'web@7（1 → 2）的发布在一开始就失败'],
  [
    { outcome: 'superseded', reason: 'another template came before it was over' },
    'web@7 (1 → 2) was given up after 42 s: another template came before it was over',
    'web@7（1 → 2）的发布在 42秒后被放弃：结束前又有新的模板',
  ],
  [
    { outcome: 'rolled-back', reason: 'an earlier template came back' },
    'web@7 (1 → 2) was taken back after 42 s: an earlier template came back',
    'web@7（1 → 2）的发布在 42秒后被撤回：旧模板被恢复',
  ],
])('%j', (given, english, chinese) => {
  expect(rolloutSentence(told(given), NOW, 'en')).toBe(english);
  expect(rolloutSentence(told(given), NOW, 'zh')).toBe(chinese);
});

test.each([
  ['web', '7', 'web@7'],
  ['kafka', 'kafka-hnjkmsh4m', 'kafka@hnjkmsh4m'],
  ['web', '', 'web'],
])('%s at revision %s is %s', (workload, revision, name) => {
  expect(rolloutName({ workload, revision })).toBe(name);
});

test('how long after a rollout something came', () => {
  const parts = (language: 'en' | 'zh') => Object.values(afterRollout(told({}), NOW - 258_000, language)).join('');
  expect(parts('en')).toBe('42 s after rollout web@7 began');
  expect(parts('zh')).toBe('发布 web@7 开始 42秒后');
});

test('a pane is about a rollout or about an exception', () => {
  expect(rolloutOfPane(rolloutPane('abc'))).toBe('abc');
  expect(rolloutOfPane('abc')).toBeNull();
});
