import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCluster } from '../../../deploy/testkube/test-kube.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';
import { rowsOf } from '../rows.ts';
import { ALL_AT_ONCE, deployment, service, type Workload } from './manifests.ts';
import type { ServiceScenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const IMAGE = 'docker.io/testkube/busybox:1';
const CREATED = { kind: 'create', outcome: 'completed' } as const;
const READY = '/tmp/ready';
const DIES = '/tmp/dies';

/** Ready while a file is there, and ends with code 3 once another is. */
const SERVES = `touch ${READY}; while [ ! -f ${DIES} ]; do sleep 0.1; done; echo "cannot go on" >&2; exit 3`;
/** Asked to go it serves on for some seconds. */
const LINGERS = `touch ${READY}; trap "sleep 6; exit 0" TERM; while :; do sleep 0.1; done`;

/** A probe that a busy machine answers late is no outage: it fails by its answer alone. */
const container = (script: string, policy = 'Never', readyAfterSeconds = 0): string =>
  `imagePullPolicy: ${policy}, command: [sh, -c, ${JSON.stringify(script)}], ` +
  `readinessProbe: {exec: {command: [test, -f, ${READY}]}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 1, ` +
  `initialDelaySeconds: ${readyAfterSeconds}}`;

const web = (of: Partial<Workload> = {}): string =>
  deployment({ name: 'web', image: IMAGE, container: container(SERVES), ...of });

async function begin({ apply, ready, released }: Stage, of: Partial<Workload> = {}) {
  const created = await apply(web(of), service('web'));
  await ready('web', of.replicas ?? 1);
  await released();
  return created;
}

/** One of its pods has a row that says why it does not serve. */
const told = ({ api, namespace }: Stage, type: 'death' | 'stuck') =>
  until(`a row of type ${type}`, async () => (await rowsOf(api, namespace)).some((row) => row.type === type), 120_000);

async function signalKubelet({ dir }: TestCluster, signal: NodeJS.Signals): Promise<void> {
  process.kill(Number(await readFile(join(dir, 'nodes', 'real-0', 'kubelet.pid'), 'utf8')), signal);
}

/** What a kubelet with a container runtime makes of probes, deaths, images and evictions. */
export const REAL_SERVICE_SCENARIOS: readonly ServiceScenario[] = [
  {
    name: 'a readiness probe that fails for a second',
    async play(stage) {
      const created = await begin(stage);
      await stage.kubectl('exec', stage.pod(), '--', 'rm', READY);
      await stage.ready('web', 0);
      await stage.kubectl('exec', stage.pod(), '--', 'touch', READY);
      await stage.ready('web', 1);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      { kind: 'down', cause: 'readiness', planned: false, sentence: /^Pod web-\S+ was not ready, though running\.$/ },
    ],
    rollouts: [CREATED],
  },
  {
    name: 'a crash of the only replica',
    async play(stage) {
      // The controllers may gather what lasts less, and the slice never show it.
      const created = await begin(stage, { container: container(SERVES, 'Never', 5) });
      await stage.kubectl('exec', stage.pod(), '--', 'touch', DIES);
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
        sentence: /^Container app of pod web-\S+ died: Error \(exit code 3\)\.$/,
        evidence: ['Error'],
      },
    ],
    rollouts: [CREATED],
  },
  {
    name: 'a release that crashes, and the rollback',
    async play(stage) {
      const created = await begin(stage, { spec: ALL_AT_ONCE });
      const crashes = container('echo "fatal: no configuration" >&2; exit 4');
      const changed = await stage.apply(web({ spec: ALL_AT_ONCE, container: crashes }));
      await stage.ready('web', 0);
      await told(stage, 'death');
      const undone = await stage.kubectl('rollout', 'undo', 'deployment/web');
      await stage.ready('web', 1);
      return { commands: [created, changed, undone] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'bad-release',
        planned: false,
        sentence:
          /^The rollout of Deployment web to revision 2 went wrong: container app of pod web-\S+ died: Error \(exit code 4\)\.$/,
        rollout: 1,
        evidence: ['Error'],
      },
    ],
    degraded: [
      { cause: 'rollout', planned: true, sentence: /replaced pod/ },
      { cause: 'bad-release', planned: false, sentence: /^The rollout of Deployment web to revision 2 went wrong: / },
    ],
    rollouts: [
      CREATED,
      { kind: 'change', outcome: 'failed', reason: /: app died, Error \(exit code 4\)/, next: 2 },
      { kind: 'rollback', outcome: 'completed', back: 0 },
    ],
  },
  {
    name: 'an image that cannot be had, and the rollback',
    async play(stage) {
      const created = await begin(stage, { spec: ALL_AT_ONCE });
      const image = 'localhost:1/absent:1';
      const changed = await stage.apply(web({ spec: ALL_AT_ONCE, image, container: container(SERVES, 'Always') }));
      await stage.ready('web', 0);
      await told(stage, 'stuck');
      const undone = await stage.kubectl('rollout', 'undo', 'deployment/web');
      await stage.ready('web', 1);
      return { commands: [created, changed, undone] };
    },
    service: 'web',
    wanted: 1,
    intervals: [
      {
        kind: 'down',
        cause: 'bad-release',
        planned: false,
        sentence:
          /^The rollout of Deployment web to revision 2 \(absent:1\) went wrong: the image of pod web-\S+ cannot be had: (ErrImagePull|ImagePullBackOff): /,
        rollout: 1,
        evidence: ['ImagePullBackOff'],
      },
    ],
    degraded: [
      { cause: 'rollout', planned: true, sentence: /replaced pod/ },
      { cause: 'bad-release', planned: false, sentence: /^The rollout of Deployment web to revision 2 / },
    ],
    rollouts: [
      CREATED,
      { kind: 'change', outcome: 'failed', reason: /is stuck, ImagePullBackOff/, next: 2 },
      { kind: 'rollback', outcome: 'completed', back: 0 },
    ],
  },
  {
    name: 'an eviction of a pod that serves on until its replacement is there',
    async play(stage) {
      const created = await begin(stage, { container: container(LINGERS), graceSeconds: 30 });
      const { cluster, namespace } = stage;
      const name = stage.pod();
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
      await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
      await stage.ready('web', 1);
      await stage.view.until('the end of the evicted pod', () =>
        stage.view.pods(namespace).every(({ metadata }) => metadata.name !== name),
      );
      return { commands: [created] };
    },
    service: 'web',
    wanted: 1,
    intervals: [],
    degraded: [{ cause: 'eviction', planned: false, sentence: /^Pod web-\S+ was evicted: / }],
    rollouts: [CREATED],
  },
];

/** The kubelet falls silent: nothing else on its node is to be played meanwhile. */
export const SILENT_NODE: ServiceScenario = {
  name: 'a node that falls silent',
  async play(stage) {
    const created = await begin(stage, { replicas: 2 });
    const from = Date.now();
    await signalKubelet(stage.cluster, 'SIGSTOP');
    const lost = { from, to: Date.now() };
    try {
      await stage.ready('web', 0);
    } finally {
      await signalKubelet(stage.cluster, 'SIGCONT');
    }
    await stage.ready('web', 2);
    return { commands: [created], lost };
  },
  service: 'web',
  wanted: 2,
  intervals: [
    {
      kind: 'down',
      cause: 'node',
      planned: false,
      sentence: /^Node real-0 stopped answering, with 2 of its pods\.$/,
      node: 'real-0',
    },
  ],
  degraded: [{ cause: 'node', planned: false, sentence: /^Node real-0 stopped answering, with [12] of its pods\.$/ }],
  rollouts: [CREATED],
};
