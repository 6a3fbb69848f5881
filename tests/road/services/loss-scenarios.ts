import type { SimCluster } from '../../../deploy/testkube/test-kube.ts';
import { deployment, onNode, PINNED, preferring, service } from './manifests.ts';
import type { ServiceScenario } from './scenario.ts';
import { GIVEN_UP_MS } from './stage.ts';
import type { Stage } from './stage.ts';

const NODE = { leaves: 'kwok-node-1', drained: 'kwok-node-2', full: 'kwok-node-3' };
/** What a pod gets past within ten seconds may have kept nothing away (docs/attribution.md). */
const HELD_UP_MS = 12_000;
const CREATED = [{ kind: 'create', outcome: 'completed' }] as const;

const web = (of: Partial<Parameters<typeof deployment>[0]> = {}): string =>
  deployment({ name: 'web', pod: PINNED, ...of });

/** A Deployment of pods that wait to be let go, and its service; comes back when all are ready and its rollout is over. */
async function begin({ apply, letGo, ready, released }: Stage, replicas: number, of: Parameters<typeof web>[0] = {}) {
  const created = await apply(web({ replicas, ...of, held: true }), service('web'));
  await letGo(replicas);
  await ready('web', replicas);
  await released();
  return created;
}

async function evict({ cluster, namespace, pod }: Stage): Promise<void> {
  const name = pod();
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
}

/** How a service of simulated pods loses them though nothing was released. */
export const LOSS_SCENARIOS: readonly ServiceScenario<SimCluster>[] = [
  {
    name: 'a crash of the only replica',
    async play(stage) {
      const created = await begin(stage, 1);
      const crash = { crash: 'true', 'crash-times': '1', 'crash-after': '100ms', 'crash-backoff': '2s' };
      const how = { 'crash-exit-code': '137', 'crash-reason': 'OOMKilled' };
      const annotations = Object.entries({ ...crash, ...how }).map(([name, value]) => `testkube/${name}=${value}`);
      await stage.kubectl('annotate', 'pod', stage.pod(), ...annotations);
      await stage.ready('web', 0);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'crash',
        planned: false,
        sentence: /^Container app of pod web-\S+ died: OOMKilled \(exit code 137\)\.$/,
        evidence: ['OOMKilled'],
      },
    ],
    rollouts: CREATED,
  },
  {
    name: 'a readiness probe that fails for a moment',
    async play(stage) {
      const created = await begin(stage, 1);
      await stage.kubectl('annotate', 'pod', stage.pod(), 'testkube/ready=false');
      await stage.ready('web', 0);
      await stage.kubectl('annotate', 'pod', stage.pod(), 'testkube/ready-');
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      { kind: 'down', cause: 'readiness', planned: false, sentence: /^Pod web-\S+ was not ready, though running\.$/ },
    ],
    rollouts: CREATED,
  },
  {
    name: 'a node that goes away',
    async play(stage) {
      const created = await begin(stage, 2, { pod: preferring(NODE.leaves) });
      await stage.cluster.kubectl(['delete', 'node', NODE.leaves]);
      await stage.ready('web', 0);
      await stage.letGo(2);
      await stage.ready('web', 2);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 2,
    intervals: [
      {
        kind: 'down',
        cause: 'node',
        planned: false,
        sentence: /^Node kwok-node-1 is gone, with 2 of its pods\.$/,
        node: NODE.leaves,
      },
    ],
    degraded: [{ cause: 'node', planned: false, sentence: /^Node kwok-node-1 is gone, with [12] of its pods\.$/ }],
    rollouts: CREATED,
  },
  {
    name: 'a drain through the eviction API',
    async play(stage) {
      const annotations = { 'testkube/stop-exit-code': '143' };
      const created = await begin(stage, 1, { pod: preferring(NODE.drained), annotations });
      await stage.cluster.kubectl([
        'drain',
        NODE.drained,
        '--ignore-daemonsets',
        '--pod-selector=app=web',
        '--timeout=60s',
      ]);
      await stage.ready('web', 0);
      await stage.letGo(1);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'eviction',
        planned: true,
        sentence: /^Pod web-\S+ was evicted while node kwok-node-2 was drained\.$/,
        node: NODE.drained,
      },
    ],
    // It serves on while it is being terminated.
    degraded: [
      {
        cause: 'eviction',
        planned: true,
        sentence: /^Pod web-\S+ was evicted while node kwok-node-2 was drained\.$/,
      },
    ],
    rollouts: CREATED,
  },
  {
    name: 'an eviction from a node that stays',
    async play(stage) {
      const created = await begin(stage, 1);
      await evict(stage);
      await stage.ready('web', 0);
      await stage.letGo(1);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [{ kind: 'down', cause: 'eviction', planned: false, sentence: /^Pod web-\S+ was evicted: / }],
    degraded: [{ cause: 'eviction', planned: false, sentence: /^Pod web-\S+ was evicted: / }],
    rollouts: CREATED,
  },
  {
    name: 'a pod that somebody deletes',
    async play(stage) {
      const created = await begin(stage, 1);
      await stage.kubectl('delete', 'pod', stage.pod());
      await stage.ready('web', 0);
      await stage.letGo(1);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [{ kind: 'down', cause: 'pod-deleted', planned: false, sentence: /^Pod web-\S+ was deleted\.$/ }],
    degraded: [{ cause: 'pod-deleted', planned: false, sentence: /^Pod web-\S+ was deleted\.$/ }],
    rollouts: CREATED,
  },
  {
    name: 'scaling to zero and back',
    async play(stage) {
      const created = await begin(stage, 2);
      await stage.kubectl('scale', 'deployment/web', '--replicas=0');
      await stage.ready('web', 0);
      await stage.kubectl('scale', 'deployment/web', '--replicas=2');
      await stage.letGo(2);
      await stage.ready('web', 2);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 2,
    intervals: [
      { kind: 'off', cause: 'scale-down', planned: true, sentence: /^Deployment web was scaled from 2 to 0\.$/ },
    ],
    rollouts: CREATED,
  },
  {
    name: 'a Deployment that is deleted and made anew',
    async play(stage) {
      const created = await begin(stage, 2);
      await stage.kubectl('delete', 'deployment', 'web');
      await stage.ready('web', 0);
      await stage.rested('web', GIVEN_UP_MS);
      const again = await stage.apply(web({ replicas: 2, held: true }));
      await stage.letGo(2);
      await stage.ready('web', 2);
      return { commands: [created, again] };
    },
    service: 'web',
    wanted: 2,
    intervals: [{ kind: 'off', cause: 'scale-down', planned: true, sentence: /^Deployment web was deleted\.$/ }],
    rollouts: [...CREATED, ...CREATED],
  },
  {
    name: 'a replacement that no node takes',
    async play(stage) {
      const created = await begin(stage, 1, { pod: onNode(NODE.full) });
      await stage.cluster.kubectl(['cordon', NODE.full]);
      await stage.kubectl('delete', 'pod', stage.pod());
      await stage.ready('web', 0);
      await stage.letGo(1);
      await stage.says('Unschedulable');
      await stage.rested('web', HELD_UP_MS);
      await stage.cluster.kubectl(['uncordon', NODE.full]);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'unschedulable',
        planned: false,
        sentence: /^No node takes pod web-\S+: Unschedulable: .*[^.]\.$/,
      },
    ],
    // It serves on while it is being terminated; whether its replacement is heard of by then is a matter of moments.
    degraded: [
      { cause: 'unschedulable', planned: false, sentence: /^No node takes pod web-\S+: Unschedulable: .*\.$/ },
      { cause: 'pod-deleted', planned: false, sentence: /^Pod web-\S+ was deleted\.$/ },
    ],
    rollouts: CREATED,
  },
  {
    name: 'a replacement that a quota refuses',
    async play(stage) {
      const created = await begin(stage, 1);
      await stage.apply('{apiVersion: v1, kind: ResourceQuota, metadata: {name: none}, spec: {hard: {pods: "0"}}}');
      await stage.kubectl('wait', '--for=jsonpath={.status.hard.pods}=0', 'resourcequota/none', '--timeout=60s');
      await stage.kubectl('delete', 'pod', stage.pod());
      await stage.ready('web', 0);
      await stage.kubectl('wait', '--for=condition=ReplicaFailure', 'deployment/web', '--timeout=60s');
      await stage.kubectl('delete', 'resourcequota', 'none');
      await stage.letGo(1);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'unschedulable',
        planned: false,
        sentence: /^Pods of Deployment web are refused: quota: .*exceeded quota: none/,
      },
    ],
    // Whether the refusal is heard of by then is a matter of moments, too.
    degraded: [
      { cause: 'pod-deleted', planned: false, sentence: /^Pod web-\S+ was deleted\.$/ },
      { cause: 'unschedulable', planned: false, sentence: /^Pods of Deployment web are refused: quota: / },
    ],
    rollouts: CREATED,
  },
];
