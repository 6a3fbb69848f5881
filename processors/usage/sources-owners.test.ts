import { expect, it } from 'vitest';
import type { Labels } from './prometheus/series.ts';
import { equalMatchers } from './selector.ts';
import { findOwners } from './sources-owners.ts';

const owners = (...told: Labels[]) =>
  findOwners({ prometheus: { series: async () => told }, matchers: [], fromMs: 0, toMs: 1 });
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

it("narrows what it asks for to the cluster's series", async () => {
  const matchers = equalMatchers({ cluster: 'c' });
  const asked: unknown[] = [];
  const series = async (selectors: readonly unknown[]) => {
    asked.push(...selectors);
    return [];
  };
  await findOwners({ prometheus: { series }, matchers, fromMs: 0, toMs: 1 });
  expect(asked).toHaveLength(4);
  for (const selector of asked) expect(selector).toContainEqual(matchers[0]);
});
