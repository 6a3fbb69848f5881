import { expect, it } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import type { Labels } from './prometheus/series.ts';
import { equalMatchers } from './selector.ts';
import { findOwners } from './sources-owners.ts';

/** Answers `max by (LABELS) (max_over_time(METRIC{...}[RANGE]))` with the labels that are asked for. */
const answering = (told: readonly Labels[]) => ({
  query: async (expression: string) => {
    const [, names, metric] = /^max by \((.*?)\) \(max_over_time\((\w+)/.exec(expression)!;
    const asked = names!.split(', ');
    const samples = told
      .filter((labels) => labels['__name__'] === metric)
      .map((labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => asked.includes(name))))
      .map((labels) => ({ labels, value: 1 }));
    return { samples };
  },
});
const owners = (...told: Labels[]) => findOwners({ prometheus: answering(told), matchers: [], fromMs: 0, toMs: 1_000 });
const info = (pod: string, kind: string, name: string, more: Labels = {}): Labels => ({
  __name__: 'kube_pod_info',
  namespace: 'n',
  pod,
  created_by_kind: kind,
  created_by_name: name,
  node: 'node-1',
  ...more,
});

it.each<[string, Labels[], [kind: string, name: string]]>([
  ['a StatefulSet', [info('p', 'StatefulSet', 'db')], ['StatefulSet', 'db']],
  ['a ReplicaSet, by its name', [info('p', 'ReplicaSet', 'web-7d4b9c6f5')], ['Deployment', 'web']],
  ['a ReplicaSet without a hash', [info('p', 'ReplicaSet', 'web-blue')], ['ReplicaSet', 'web-blue']],
  [
    'a ReplicaSet, by its owner',
    [
      info('p', 'ReplicaSet', 'web-7d4b9c6f5'),
      {
        __name__: 'kube_replicaset_owner',
        namespace: 'n',
        replicaset: 'web-7d4b9c6f5',
        owner_kind: 'Rollout',
        owner_name: 'w',
      },
    ],
    ['Rollout', 'w'],
  ],
  [
    'a ReplicaSet of nobody',
    [
      info('p', 'ReplicaSet', 'web-7d4b9c6f5'),
      {
        __name__: 'kube_replicaset_owner',
        namespace: 'n',
        replicaset: 'web-7d4b9c6f5',
        owner_kind: '<none>',
        owner_name: '<none>',
      },
    ],
    ['ReplicaSet', 'web-7d4b9c6f5'],
  ],
  [
    'a CronJob',
    [
      info('p', 'Job', 'report-1'),
      { __name__: 'kube_job_owner', namespace: 'n', job_name: 'report-1', owner_kind: 'CronJob', owner_name: 'report' },
    ],
    ['CronJob', 'report'],
  ],
  ['a Job of nobody', [info('p', 'Job', 'report-1')], ['Job', 'report-1']],
  ['nobody', [info('p', '<none>', '<none>')], ['Pod', 'p']],
  ['nobody, in version 2', [info('p', '', '')], ['Pod', 'p']],
  ['its node', [info('etcd-node-1', 'Node', 'node-1')], ['Pod', 'etcd']],
])('finds the workload of a pod of %s', async (_, told, [workload_kind, workload]) => {
  const pod = told[0]!['pod']!;
  expect((await owners(...told)).of({ namespace: 'n', pod })).toEqual({ workload_kind, workload, node: 'node-1' });
});

it('puts together what two metrics tell, under exported labels too', async () => {
  const found = await owners(
    {
      __name__: 'kube_pod_owner',
      namespace: 'kube',
      pod: 'exporter',
      exported_namespace: 'n',
      exported_pod: 'p',
      owner_kind: 'DaemonSet',
      owner_name: 'd',
      node: 'of-the-exporter',
    },
    info('exporter', '<none>', '<none>', { namespace: 'kube', exported_namespace: 'n', exported_pod: 'p' }),
  );
  expect(found.of({ namespace: 'n', pod: 'p' })).toEqual({ workload_kind: 'DaemonSet', workload: 'd', node: 'node-1' });
  expect(found.of({ namespace: 'kube', pod: 'exporter' })).toEqual({ workload_kind: '', workload: '', node: '' });
});

it("asks for the cluster's series in the range, and for no more labels than it needs", async () => {
  const asked: { expression: string; atMs: number }[] = [];
  const query = async (expression: string, atMs: number) => {
    asked.push({ expression, atMs });
    return { samples: [] };
  };
  const matchers = equalMatchers({ cluster: 'c' });
  await findOwners({ prometheus: { query }, matchers, fromMs: 60_000, toMs: 180_000 });
  expect(asked).toHaveLength(4);
  expect(asked).toContainEqual({
    expression:
      'max by (namespace, exported_namespace, job_name, exported_job_name, owner_kind, owner_name) (max_over_time(kube_job_owner{cluster="c"}[120s]))',
    atMs: 180_000,
  });
});

it('asks by halves where the answer is too much, and tells that it is only where the shortest is too', async () => {
  const HOUR = 3_600;
  const asked = async (mostSeconds: number) => {
    const ranges: [fromS: number, toS: number][] = [];
    const prometheus = {
      query: async (expression: string, atMs: number) => {
        const seconds = Number(/\[(\d+)s\]/.exec(expression)?.[1]);
        if (seconds > mostSeconds) throw new AppError('prometheus_too_much', 'too many series');
        const at = atMs / 1_000;
        if (expression.includes('kube_pod_info')) ranges.push([at - seconds, at]);
        return answering([info(`p-${at}`, 'StatefulSet', 'db'), info('p', 'StatefulSet', 'db')]).query(expression);
      },
    };
    const found = await findOwners({ prometheus, matchers: [], fromMs: 0, toMs: 4 * HOUR * 1_000 });
    return { found, ranges };
  };
  const { found, ranges } = await asked(HOUR);
  expect(ranges).toEqual([0, 1, 2, 3].map((hour) => [hour * HOUR, (hour + 1) * HOUR]));
  for (const pod of ['p', 'p-3600', 'p-14400']) expect(found.of({ namespace: 'n', pod }).workload).toBe('db');
  await expect(asked(60)).rejects.toMatchObject({ code: 'prometheus_too_much' });
});
