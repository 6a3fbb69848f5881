import type { TestCluster } from '../../deploy/testkube/test-kube.ts';
import { lineOf } from './log-keeper.ts';
import type { ExpectedRow, Scenario } from './scenarios.ts';

type Annotations = Readonly<Record<string, string>>;

const annotationsOf = (annotations: Annotations): string =>
  JSON.stringify(Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`testkube/${name}`, value])));

const CONTAINERS = 'terminationGracePeriodSeconds: 1, containers: [{name: app, image: "example/app:1"}]';

/** A pod whose simulated node does as the annotations say (kwok/stages.yaml). */
export const simPod = (name: string, annotations: Annotations = {}, spec = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}, annotations: ${annotationsOf(annotations)}}
spec: {${spec}${CONTAINERS}}
`;

const template = (name: string, annotations: Annotations, spec = ''): string =>
  `{metadata: {labels: {app: ${name}}, annotations: ${annotationsOf(annotations)}}, spec: {${spec}${CONTAINERS}}}`;

const simDeployment = (name: string, annotations: Annotations): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template: ${template(name, annotations)}
`;

const simJob = (name: string, annotations: Annotations): string => `
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  backoffLimit: 1
  template: ${template(name, annotations, 'restartPolicy: Never, ')}
`;

const serving = (cluster: TestCluster, namespace: string, pod: string): Promise<string> =>
  cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s']);

/** The death of a long-running container, reported, with the line of the instance that died. */
const death = (pod: string, ordinal: number, reason: string, exitCode: number): ExpectedRow => ({
  type: 'death',
  reason,
  exit_code: exitCode,
  ordinal,
  verdict: 'reported',
  log_status: 'caught',
  log: lineOf(pod, ordinal),
});

/** Four back-offs of 6 s, or a long one: each longer than what the tests call stuck. */
const BACK_OFF: ExpectedRow = {
  type: 'stuck',
  reason: 'CrashLoopBackOff',
  exit_code: null,
  verdict: 'reported',
  log_status: 'none',
};

/** Failures as kwok's simulated nodes can play them: real objects and a real API server, the ends made up. */
export const SIM_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a container that dies and is back within a second',
    manifest: simDeployment('blink', {
      blink: 'true',
      'after-log': 'true',
      'crash-after': '2s',
      'crash-exit-code': '3',
    }),
    rows: [
      {
        type: 'death',
        reason: 'Error',
        exit_code: 3,
        ordinal: 0,
        verdict: 'reported',
        log_status: 'caught',
        log: 'instance 0 says hello',
        workload_kind: 'Deployment',
        workload: 'blink',
      },
    ],
  },
  {
    name: 'an OOM kill',
    manifest: simPod('oom', {
      crash: 'true',
      'after-log': 'true',
      'crash-times': '1',
      'crash-after': '2s',
      'crash-backoff': '500ms',
      'crash-exit-code': '137',
      'crash-reason': 'OOMKilled',
    }),
    rows: [death('oom', 0, 'OOMKilled', 137)],
  },
  {
    name: 'a crash loop',
    manifest: simPod('loop', {
      crash: 'true',
      'after-log': 'true',
      'crash-times': '4',
      'crash-after': '2s',
      'crash-backoff': '6s',
      'crash-exit-code': '7',
    }),
    rows: [...[0, 1, 2, 3].map((ordinal) => death('loop', ordinal, 'Error', 7)), BACK_OFF],
  },
  {
    name: 'a crash loop in its long back-off',
    manifest: simPod('waits', { crash: 'true', 'after-log': 'true', 'crash-after': '2s', 'crash-backoff': '600s' }),
    rows: [death('waits', 0, 'Error', 1), BACK_OFF],
  },
  {
    name: 'an image that cannot be pulled',
    manifest: simPod('nopull', { 'image-pull': 'fail' }),
    rows: [{ type: 'stuck', reason: 'ImagePullBackOff', exit_code: null, verdict: 'reported', log_status: 'none' }],
  },
  {
    name: 'a Job that fails',
    manifest: simJob('broken', { fail: 'true', 'after-log': 'true', 'run-for': '2s', 'crash-exit-code': '2' }),
    rows: [
      ...[0, 1].map(() => ({
        type: 'death' as const,
        reason: 'Error',
        exit_code: 2,
        ordinal: 0,
        verdict: 'reported' as const,
        log_status: 'caught',
        log: 'instance 0 says hello',
        workload_kind: 'Job',
        workload: 'broken',
      })),
      {
        type: 'job',
        reason: 'BackoffLimitExceeded',
        verdict: 'reported',
        log_status: 'none',
        workload_kind: 'Job',
        workload: 'broken',
      },
    ],
  },
  {
    name: 'a Job that completes',
    manifest: simJob('fine', { 'run-for': '1s' }),
    rows: [
      {
        type: 'death',
        reason: 'Completed',
        exit_code: 0,
        verdict: 'suppressed',
        rule: 'job-completed',
        workload: 'fine',
      },
    ],
  },
  {
    name: 'a pod that is deleted',
    manifest: simPod('deleted', { 'stop-exit-code': '0' }),
    async act(cluster, namespace) {
      await serving(cluster, namespace, 'deleted');
      await cluster.kubectl(['-n', namespace, 'delete', 'pod', 'deleted', '--wait=true']);
    },
    rows: [{ type: 'death', reason: 'Completed', exit_code: 0, verdict: 'suppressed', rule: 'deleting' }],
  },
  {
    name: 'a pod that is deleted, without a word on its containers',
    manifest: simPod('taken'),
    async act(cluster, namespace) {
      await serving(cluster, namespace, 'taken');
      await cluster.kubectl(['-n', namespace, 'delete', 'pod', 'taken', '--wait=true']);
    },
    rows: [],
  },
  {
    name: 'an eviction',
    manifest: simPod('evicted', { 'stop-exit-code': '143' }),
    async act(cluster, namespace) {
      await serving(cluster, namespace, 'evicted');
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted', namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/evicted/eviction`;
      await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
    },
    rows: [
      { type: 'pod', reason: 'Evicted', verdict: 'reported' },
      { type: 'death', reason: 'Error', exit_code: 143, verdict: 'suppressed', rule: 'planned-stop' },
    ],
  },
  {
    name: 'a pod that nobody can schedule',
    manifest: simPod('homeless', {}, 'nodeSelector: {disk: unobtainium}, '),
    rows: [{ type: 'stuck', reason: 'Unschedulable', exit_code: null, verdict: 'reported', log_status: 'none' }],
  },
];
