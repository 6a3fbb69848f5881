import { describe, expect, test } from 'vitest';
import type { PodObject } from '../../../schemas/objects.ts';
import { exceptionOptions, RULE_NAMES } from './options.ts';
import type { PodSetting } from './testing.ts';
import { Harness, jobOwner, kube, log, pod, running, status, terminated, waiting } from './testing.ts';

const died = (exit: number, end = 500) => status(0, terminated({ start: 10, end, exit }));
const alive = status(0, running(-3000));
const disruption = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  lastTransitionTime: kube(490),
};
const deletion = (asked: number) => ({ deletionTimestamp: kube(asked + 30), deletionGracePeriodSeconds: 30 });
const job = (more: PodSetting = {}): PodSetting => ({
  ...more,
  metadata: { ...jobOwner(), creationTimestamp: kube(-3600), ...more.metadata },
  spec: { restartPolicy: 'Never', ...more.spec },
});
const withInit = (restartPolicy?: string): PodSetting['spec'] => ({
  initContainers: [{ name: 'side', ...(restartPolicy && { restartPolicy }) }],
});

interface Case {
  name: string;
  object: PodObject;
  /** The container that is asked about; 'app' where none is named. */
  container?: string;
  rule: string;
  options?: unknown;
  at?: number;
  /** How the pod is first seen; 'add' unless said otherwise. */
  op?: 'add' | 'list';
}

const cases: Case[] = [
  { name: 'a long-running container that ends with 0 is reported', object: pod([died(0)]), rule: '' },
  { name: 'so is one that ends with 143 by itself', object: pod([died(143)]), rule: '' },
  { name: 'startup', object: pod([died(1)], { metadata: { creationTimestamp: kube(300) } }), rule: 'startup' },
  { name: 'just past startup', object: pod([died(1)], { metadata: { creationTimestamp: kube(200) } }), rule: '' },
  {
    name: 'startup with other minutes',
    object: pod([died(1)], { metadata: { creationTimestamp: kube(300) } }),
    options: { rules: { startup: { minutes: 2 } } },
    rule: '',
  },
  {
    name: 'startup goes by when it died, not by when it was seen',
    object: pod([died(1, 310)], { metadata: { creationTimestamp: kube(300) } }),
    at: 9000,
    rule: 'startup',
  },
  { name: 'job completed', object: pod([died(0)], job()), rule: 'job-completed' },
  { name: 'job failed', object: pod([died(1)], job()), rule: '' },
  {
    name: 'startup is not for jobs',
    object: pod([died(1)], job({ metadata: { creationTimestamp: kube(490) } })),
    rule: '',
  },
  {
    name: 'a pod that is meant to end',
    object: pod([died(0)], { spec: { restartPolicy: 'OnFailure' } }),
    rule: 'job-completed',
  },
  { name: 'job ended long before it was seen', object: pod([died(1, 100)], job()), rule: 'job-old' },
  ...['PodGroup', 'PyTorchJob', 'TFJob', 'MPIJob', 'batchjob'].map((kind) => ({
    name: `owner ${kind}`,
    object: pod([died(0)], { metadata: { ...jobOwner(kind), creationTimestamp: kube(-3600) } }),
    rule: 'job-completed',
  })),
  { name: 'deleting', object: pod([died(137)], { metadata: deletion(480) }), rule: 'deleting' },
  { name: 'dead before the deletion', object: pod([died(137)], { metadata: deletion(505) }), rule: '' },
  {
    name: 'a planned stop under an eviction',
    object: pod([died(143)], { metadata: deletion(490), status: { conditions: [disruption] } }),
    rule: 'planned-stop',
  },
  {
    name: 'an eviction that had to kill',
    object: pod([died(137)], { metadata: deletion(490), status: { conditions: [disruption] } }),
    rule: '',
  },
  {
    name: 'init container that ends with 0',
    object: pod([alive], { spec: withInit(), status: { initContainerStatuses: [{ ...died(0), name: 'side' }] } }),
    container: 'side',
    rule: 'init-ok',
  },
  {
    name: 'init container that fails',
    object: pod([alive], { spec: withInit(), status: { initContainerStatuses: [{ ...died(2), name: 'side' }] } }),
    container: 'side',
    rule: '',
  },
  {
    name: "sidecar after a Job's main containers",
    object: pod(
      [died(1)],
      job({ spec: withInit('Always'), status: { initContainerStatuses: [{ ...died(137), name: 'side' }] } }),
    ),
    container: 'side',
    rule: 'job-sidecar',
  },
  {
    name: "sidecar before a Job's main containers",
    object: pod(
      [alive],
      job({ spec: withInit('Always'), status: { initContainerStatuses: [{ ...died(137), name: 'side' }] } }),
    ),
    container: 'side',
    rule: '',
  },
  {
    name: 'ephemeral container',
    object: pod([alive], { status: { ephemeralContainerStatuses: [{ ...died(1), name: 'debug' }] } }),
    container: 'debug',
    rule: 'ephemeral',
  },
  { name: 'name', object: pod([died(1)]), options: { rules: { name: [{ contains: ['shop-7'] }] } }, rule: 'name' },
  {
    name: 'name in another cluster',
    object: pod([died(1)]),
    options: { rules: { name: [{ contains: ['shop'], clusters: ['west'] }] } },
    rule: '',
  },
  {
    name: 'name in this namespace',
    object: pod([died(1)]),
    options: {
      rules: {
        name: [
          { contains: ['shop'], clusters: ['west'] },
          { contains: ['app'], namespaces: ['web'] },
        ],
      },
    },
    rule: 'name',
  },
  { name: 'before the first sight', object: pod([died(1, -100)]), rule: 'before-first-sight', op: 'list' },
  { name: 'seen to begin, but on a node whose clock is behind', object: pod([died(1, -100)]), rule: '' },
];

function ruleOf({ object, container = 'app', options, at = 510, op = 'add' }: Case): string {
  const harness = new Harness({ options, restarts: true }).beat(0).pod(at, object, op);
  const row = harness.of('death').find((own) => own.container === container);
  expect(row?.verdict).toBe(row?.rule === '' ? 'reported' : 'suppressed');
  return row?.rule ?? 'no row';
}

describe('rules', () => {
  test.each(cases)('$name: $rule', (own) => {
    expect(ruleOf(own)).toBe(own.rule);
  });

  test.each(cases.filter(({ rule }) => rule !== '' && rule !== 'name'))(
    '$name: $rule, switched off or elsewhere',
    (own) => {
      const base = (own.options ?? {}) as { rules?: Record<string, object> };
      for (const change of [{ enabled: false }, { namespaces: ['other'] }, { clusters: ['west'] }]) {
        const options = { rules: { ...base.rules, [own.rule]: { ...base.rules?.[own.rule], ...change } } };
        expect(ruleOf({ ...own, options })).not.toBe(own.rule);
      }
    },
  );

  test('their order, each giving way to the one before', () => {
    expect(RULE_NAMES).toEqual([
      'name',
      'ephemeral',
      'before-first-sight',
      'init-ok',
      'job-completed',
      'job-sidecar',
      'job-old',
      'job-waiting',
      'startup',
      'deleting',
      'planned-stop',
      'log-unavailable',
    ]);
    const off: Record<string, unknown> = { name: [{ contains: ['shop'] }] };
    const object = pod([died(0, -100)], job({ metadata: { ...deletion(-200), creationTimestamp: kube(-200) } }));
    const steps: [string, string][] = [
      ['name', 'before-first-sight'],
      ['before-first-sight', 'job-completed'],
      ['job-completed', 'job-old'],
      ['job-old', 'deleting'],
      ['deleting', ''],
    ];
    expect(ruleOf({ name: '', object, rule: '', op: 'list', options: { rules: off } })).toBe('name');
    for (const [rule, next] of steps) {
      off[rule] = rule === 'name' ? [] : { enabled: false };
      expect(ruleOf({ name: '', object, rule: '', op: 'list', options: { rules: off } })).toBe(next);
    }
  });

  test('startup comes before deleting, ephemeral before both', () => {
    const young = { metadata: { ...deletion(480), creationTimestamp: kube(400) } };
    expect(ruleOf({ name: '', object: pod([died(1)], young), rule: '' })).toBe('startup');
    const debug = pod([alive], { ...young, status: { ephemeralContainerStatuses: [{ ...died(1), name: 'debug' }] } });
    expect(ruleOf({ name: '', object: debug, container: 'debug', rule: '' })).toBe('ephemeral');
  });
});

describe('what comes later changes the verdict', () => {
  const gone = log(0, { status: 'gone', detail: 'unable to retrieve container logs for containerd://abc' });

  test('the log was removed with the pod', () => {
    const harness = new Harness({ restarts: true }).pod(0, pod([alive]), 'add').pod(510, pod([died(137)]));
    expect(harness.deaths).toEqual(['0.0 Error']);
    harness.log(511, gone);
    expect(harness.deaths).toEqual(['0.0 Error (log-unavailable)']);
    expect(harness.of('death')[0]?.log_status).toBe('gone');
  });

  test('but the container came back, so nobody had removed it', () => {
    const harness = new Harness({ restarts: true })
      .pod(0, pod([alive]), 'add')
      .pod(510, pod([died(137)]))
      .log(511, gone);
    harness.pod(520, pod([status(1, running(515), terminated({ start: 10, end: 500, exit: 137 }))]));
    expect(harness.deaths).toEqual(['0.0 Error']);
  });

  test('DisruptionTarget after the deletion', () => {
    const harness = new Harness({ restarts: true }).pod(0, pod([alive]), 'add');
    harness.pod(510, pod([died(137)], { metadata: deletion(490) }));
    expect(harness.deaths).toEqual(['0.0 Error (deleting)']);
    harness.pod(511, pod([died(137)], { metadata: deletion(490), status: { conditions: [disruption] } }));
    expect(harness.deaths).toEqual(['0.0 Error']);
  });
});

describe('a young Job that waits', () => {
  const young = job({ metadata: { creationTimestamp: kube(0) } });
  const invalid = pod([status(0, waiting('InvalidImageName'))], young);

  test('is tagged, and reported once it is no longer young', () => {
    const harness = new Harness({ restarts: true }).pod(1, invalid, 'add');
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ rule: 'job-waiting', verdict: 'suppressed' })]);
    harness.beat(299);
    expect(harness.of('stuck')[0]?.rule).toBe('job-waiting');
    harness.beat(301);
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ rule: '', verdict: 'reported' })]);
    expect(harness.of('stuck')[0]?.observed_at).toBe('2026-03-01T10:00:01.000Z');
  });

  test('of another owner it is reported at once', () => {
    const harness = new Harness().pod(
      1,
      pod([status(0, waiting('InvalidImageName'))], { metadata: { creationTimestamp: kube(0) } }),
      'add',
    );
    expect(harness.of('stuck')[0]?.verdict).toBe('reported');
  });
});

test('options: defaults, and a wrong value', () => {
  expect(exceptionOptions()).toMatchObject({
    stuck: { minutes: 5 },
    rules: { startup: { enabled: true, minutes: 5 }, name: [] },
  });
  expect(exceptionOptions({ rules: { startup: { minutes: 1 } } }).rules['job-old']).toMatchObject({
    minutes: 5,
    enabled: true,
  });
  expect(() => exceptionOptions({ stuck: { minutes: 'soon' } })).toThrow('Parse');
});
