import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { deathHint, saysOf } from '../processors/journal/exceptions/hints.ts';
import { jobFailureOf } from '../processors/journal/exceptions/jobs.ts';
import { RULE_NAMES } from '../processors/journal/exceptions/options.ts';
import { podEndOf } from '../processors/journal/exceptions/pod-ends.ts';
import type { DeathRecord, EventRecord, SpellKind } from '../processors/journal/exceptions/state.ts';
import { stuckHint } from '../processors/journal/exceptions/stuck-hints.ts';
import { chineseHint, hasRuleText, hintText, ruleText } from '../web/src/lib/exceptions/hint-text.ts';

const AT = '2026-11-22T12:00:00.000Z';

function death(row: Record<string, unknown>, more: Partial<DeathRecord> = {}, events: object[] = []): string {
  const base = {
    container: 'app',
    container_kind: 'app',
    message: '',
    started_at: '2026-11-22T11:00:00.000Z',
    finished_at: AT,
    observed_at: AT,
  };
  const record = { row: { ...base, ...row }, says: '', memoryLimit: '', ...more } as DeathRecord;
  const seen = events.map((event) => ({ container: 'app', at: Date.parse(AT) - 1000, ...event }));
  return deathHint(record, seen as unknown as EventRecord[]);
}
const exited = (exit_code: number) => death({ reason: 'Error', exit_code });
const killing = (probe: string) => ({
  reason: 'Killing',
  message: `Container app failed ${probe} probe, will be restarted`,
});
const podEnd = (reason: string, message = '', disruption = '') =>
  podEndOf({
    status: {
      phase: reason ? 'Failed' : 'Running',
      reason,
      message,
      conditions: disruption ? [{ type: 'DisruptionTarget', status: 'True', reason: disruption }] : [],
    },
  })?.hint ?? '';
const job = (reason: string) =>
  jobFailureOf({ kind: 'Job', status: { conditions: [{ type: 'Failed', status: 'True', reason }] } })?.hint ?? '';
const stuck = (kind: SpellKind, message: string, reason = '') => stuckHint(kind, reason, message);
const unschedulable = (why: string) =>
  stuck('unschedulable', `0/5 nodes are available: ${why}. preemption: 0/5 nodes are available`);

const DEATHS = [
  death({ reason: 'OOMKilled', exit_code: 137 }, { memoryLimit: '128Mi' }),
  death({ reason: 'OOMKilled', exit_code: 137 }),
  death({ reason: 'StartError', exit_code: 128, message: 'permission denied' }),
  death({ reason: 'Error', exit_code: 137 }, {}, [
    { reason: 'Unhealthy', message: 'Liveness probe failed: HTTP probe (failed): 503' },
    killing('liveness'),
  ]),
  death({ reason: 'Error', exit_code: 137 }, {}, [killing('startup')]),
  death({ reason: 'Error', exit_code: 137 }, {}, [{ reason: 'FailedPostStartHook', message: '' }]),
  death({ reason: 'ContainerStatusUnknown', exit_code: 137 }),
  death({ reason: 'Error', exit_code: 3 }, { says: saysOf('java.lang.OutOfMemoryError: Java heap space') }),
  death({ reason: 'Unknown', exit_code: null }),
  death({ reason: 'Completed', exit_code: 0 }),
  ...[125, 126, 127, 128, 132, 134, 135, 136, 137, 139, 143].map(exited),
];

const SPELLS = [
  stuck('node', ''),
  stuck('crashloop', ''),
  stuck('image', '', 'InvalidImageName'),
  stuck('image', '', 'ErrImageNeverPull'),
  stuck('image', 'toomanyrequests'),
  stuck('image', 'pull access denied, repository does not exist or may require authorization'),
  stuck('image', '401 unauthorized'),
  stuck('image', 'manifest unknown'),
  stuck('image', 'dial tcp: no such host'),
  stuck('image', '?'),
  stuck('config', 'secret "db, main" not found: secret "db-main" not found'),
  stuck('config', "couldn't find key password in Secret shop/db"),
  stuck('config', 'container has runAsNonRoot and image will run as root'),
  stuck('config', 'exec: "serve": executable file not found in $PATH'),
  stuck('config', 'permission denied'),
  stuck('config', '?', 'RunContainerError'),
  stuck('config', '?'),
  stuck('unschedulable', 'no nodes available to schedule pods'),
  stuck('unschedulable', '?'),
  unschedulable('3 Insufficient cpu, 2 node(s) had untolerated taint {gpu: true}'),
  unschedulable("1 node(s) didn't match Pod's node affinity/selector, 4 Insufficient nvidia.com/gpu"),
  unschedulable("5 node(s) didn't satisfy existing pods anti-affinity rules"),
  unschedulable("5 node(s) didn't match pod topology spread constraints"),
  unschedulable('pod has unbound immediate PersistentVolumeClaims'),
  unschedulable('persistentvolumeclaim "data-0" not found'),
  unschedulable('5 node(s) had volume node affinity conflict'),
  unschedulable('5 node(s) were unschedulable'),
  unschedulable("5 node(s) didn't have free ports for the requested pod ports"),
  unschedulable('5 Too many pods'),
];

const PODS = [
  podEnd('Evicted', 'The node was low on resource: ephemeral-storage. Threshold quantity: 1'),
  podEnd('Evicted', 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.'),
  podEnd('Evicted', '', 'EvictionByEvictionAPI'),
  podEnd('Evicted'),
  podEnd('Preempting'),
  podEnd('', '', 'DeletionByTaintManager'),
  podEnd('', '', 'DeletionByPodGC'),
  podEnd('Terminated', 'Pod was terminated in response to imminent node shutdown.'),
  podEnd('NodeLost'),
  podEnd('DeadlineExceeded'),
  podEnd('UnexpectedAdmissionError'),
  podEnd('OutOfcpu'),
];

const JOBS = [
  'BackoffLimitExceeded',
  'DeadlineExceeded',
  'PodFailurePolicy',
  'FailedIndexes',
  'MaxFailedIndexesExceeded',
].map(job);

const MADE = [...new Set([...DEATHS, ...SPELLS, ...PODS, ...JOBS])];

describe('every hint that the product makes', () => {
  test.each(MADE)('%s', (hint) => {
    expect(hint).not.toBe('');
    expect(hintText(hint, 'en')).toBe(hint);
    expect(chineseHint(hint)).toMatch(/\p{Script=Han}/u);
    expect(chineseHint(hint)).not.toMatch(/\$\d/);
  });

  // A hint that is added to the product and not above would leave its words unmade.
  test.each(['hints', 'stuck-hints', 'pod-ends', 'jobs'])('the words of %s.ts are all made above', (name) => {
    const unmade = wordsOf(`../processors/journal/exceptions/${name}.ts`).filter(
      (words) => !MADE.some((hint) => hint.includes(words)),
    );
    expect(unmade).toEqual([]);
  });
});

/** The fixed parts of all texts in a source file that read as words: what is an identifier or a pattern has no space. */
function wordsOf(path: string): string[] {
  const text = readFileSync(new URL(path, import.meta.url), 'utf8');
  const found: string[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push(...node.text.split('$1'));
    }
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found.map((words) => words.trim()).filter((words) => words.includes(' '));
}

test('what is filled in stays as it came', () => {
  const zh = (hint: string) => hintText(hint, 'zh');
  expect(zh('Out of memory: memory limit 128Mi reached')).toBe('内存超限被杀：达到内存上限 128Mi');
  expect(zh('Missing: key password in secret shop/db')).toBe('缺少：secret shop/db 中的键 password');
  expect(zh('No node fits: not enough cpu (3 of 5 nodes); the topology spread')).toBe(
    '没有合适的节点：cpu 不足（5 个节点中的 3 个）；拓扑分布约束限制',
  );
  expect(zh('Killed by the kubelet: the liveness probe failed (HTTP $1 (503))')).toBe(
    '被 kubelet 杀死：liveness 探针失败（HTTP $1 (503)）',
  );
});

test('an unknown hint comes as it is, also where a part of it is known', () => {
  for (const hint of [
    '',
    'A new reading',
    'No node fits: not enough cpu; a new cause',
    'The image cannot be pulled today',
  ]) {
    expect(hintText(hint, 'zh')).toBe(hint);
  }
});

describe('every rule', () => {
  test.each(RULE_NAMES)('%s has a name and its meaning', (rule) => {
    expect(hasRuleText(rule)).toBe(true);
    expect(ruleText(rule, 'en').meaning).toMatch(/\.$/);
    expect(ruleText(rule, 'zh').name + ruleText(rule, 'zh').meaning).toMatch(/\p{Script=Han}.*。$/u);
  });

  test('of another version is its own name', () => {
    expect(ruleText('constructor', 'zh')).toEqual({ name: 'constructor', meaning: '' });
  });
});
