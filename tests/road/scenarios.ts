import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';

const IMAGE = 'docker.io/testkube/busybox:1';
const RESTART_MS = 120_000;

/** What a row must say; absent fields are not looked at. */
export interface ExpectedRow {
  readonly type: 'death' | 'stuck' | 'pod' | 'job';
  readonly reason: string;
  readonly exit_code?: number | null;
  readonly verdict?: 'reported' | 'suppressed';
  readonly rule?: string;
  readonly log_status?: string;
  /** A part of the dead instance's own log. */
  readonly log?: string;
  readonly ordinal?: number;
  readonly workload_kind?: string;
  readonly workload?: string;
}

/** One failure, made on a real API server, and exactly the rows it must give. */
export interface Scenario {
  readonly name: string;
  readonly manifest: string;
  /** What happens once the manifest is applied. `recorded` tells how many deaths every Tidemark has, with their logs' fate. */
  act?(cluster: TestCluster, namespace: string, recorded: () => Promise<number>): Promise<void>;
  readonly rows: readonly ExpectedRow[];
}

/** A pod of one container that runs a shell script. */
export function pod(name: string, script: string, extra: { pod?: string; container?: string } = {}): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 1
${extra.pod ?? ''}
  containers:
  - name: app
    image: ${IMAGE}
    imagePullPolicy: Never
    command: [sh, -c, ${JSON.stringify(script)}]
${extra.container ?? ''}
`;
}

/** A folder that outlives the container. */
export const STATE = {
  pod: '  volumes: [{name: state, emptyDir: {}}]',
  container: '    volumeMounts: [{name: state, mountPath: /state}]',
};

/** Fails at once with `code`, and stays the next time. */
const failsOnce = (code: number): string =>
  `echo "instance says hello"; if [ ! -f /state/failed ]; then touch /state/failed; echo "fatal: cannot go on" >&2; exit ${code}; fi; exec sleep 100000`;

/** Each instance says its number and ends with `code` when it is told to by {@link die}. Needs STATE. */
export const diesWhenTold = (code: number): string =>
  `n=$(cat /state/n 2>/dev/null || echo 0); echo $((n+1)) > /state/n; echo "instance $n says hello"; while [ ! -f /state/die ]; do sleep 0.2; done; rm /state/die; exit ${code}`;

/** Lets the instance `ordinal` of a pod that dies when told die, and waits until the next one runs. */
export async function die(cluster: TestCluster, namespace: string, name: string, ordinal: number): Promise<void> {
  const inNamespace = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
  await inNamespace('exec', name, '--', 'touch', '/state/die');
  const path = '{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}';
  await until(
    `the restart ${ordinal + 1} of ${name}`,
    async () => {
      const text = await inNamespace('get', 'pod', name, '-o', `jsonpath=${path}`);
      const [restarts, running] = text.split(' ');
      return Number(restarts) === ordinal + 1 && Boolean(running);
    },
    RESTART_MS,
  );
}

const deploymentOf = (name: string, podManifest: string): string => {
  const spec = podManifest.slice(podManifest.indexOf('spec:\n') + 6).replaceAll(/^/gm, '    ');
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
${spec}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}-svc}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
`;
};

/** Failures as a kubelet with a container runtime makes them: real exit codes, real logs. */
export const REAL_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a container that dies and is back within a second',
    manifest: deploymentOf('blink', pod('blink', failsOnce(3), STATE)),
    rows: [
      {
        type: 'death',
        reason: 'Error',
        exit_code: 3,
        ordinal: 0,
        verdict: 'reported',
        log_status: 'caught',
        log: 'fatal: cannot go on',
        workload_kind: 'Deployment',
        workload: 'blink',
      },
    ],
  },
  {
    name: 'an OOM kill',
    manifest: pod(
      'oom',
      'if [ -f /state/x ]; then exec sleep 100000; fi; touch /state/x; echo eating memory; sleep 1; tail /dev/zero',
      {
        pod: STATE.pod,
        container: `${STATE.container}\n    resources: {limits: {memory: 32Mi}}`,
      },
    ),
    rows: [
      {
        type: 'death',
        reason: 'OOMKilled',
        exit_code: 137,
        verdict: 'reported',
        log_status: 'caught',
        log: 'eating memory',
      },
    ],
  },
  {
    name: 'a crash loop',
    manifest: pod('loop', diesWhenTold(7), STATE),
    // A kubelet keeps one dead instance: were two to die before anybody could hear of the first, its log would be gone for all.
    async act(cluster, namespace, recorded) {
      await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/loop', '--timeout=60s']);
      for (const ordinal of [0, 1, 2]) {
        await die(cluster, namespace, 'loop', ordinal);
        await until(`the row of death ${ordinal}`, async () => (await recorded()) > ordinal);
      }
    },
    rows: [0, 1, 2].map((ordinal) => ({
      type: 'death' as const,
      reason: 'Error',
      exit_code: 7,
      ordinal,
      verdict: 'reported' as const,
      log_status: 'caught',
      log: `instance ${ordinal} says hello`,
    })),
  },
  {
    name: 'an image that cannot be pulled',
    manifest: pod('nopull', 'true')
      .replace(IMAGE, 'localhost:1/absent:1')
      .replace('imagePullPolicy: Never', 'imagePullPolicy: Always'),
    rows: [{ type: 'stuck', reason: 'ImagePullBackOff', exit_code: null, verdict: 'reported', log_status: 'none' }],
  },
  {
    name: 'a Job that fails',
    manifest: `
apiVersion: batch/v1
kind: Job
metadata: {name: broken}
spec:
  backoffLimit: 1
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: '${IMAGE}', imagePullPolicy: Never, command: [sh, -c, 'echo "cannot reach the database"; exit 2']}]
`,
    rows: [
      ...[0, 1].map(() => ({
        type: 'death' as const,
        reason: 'Error',
        exit_code: 2,
        verdict: 'reported' as const,
        log_status: 'caught',
        log: 'cannot reach the database',
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
    manifest: `
apiVersion: batch/v1
kind: Job
metadata: {name: fine}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: app, image: '${IMAGE}', imagePullPolicy: Never, command: [sh, -c, 'echo done']}]
`,
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
    manifest: pod('deleted', 'trap "echo leaving; exit 0" TERM; echo up; while :; do sleep 0.1; done'),
    async act(cluster, namespace) {
      await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/deleted', '--timeout=60s']);
      await cluster.kubectl(['-n', namespace, 'delete', 'pod', 'deleted', '--wait=true']);
    },
    rows: [{ type: 'death', reason: 'Completed', exit_code: 0, verdict: 'suppressed', rule: 'deleting' }],
  },
  {
    name: 'an eviction',
    // It goes within three seconds of being asked, so that its log can be followed to its end.
    manifest: pod(
      'evicted',
      'trap "echo asked to go; sleep 3; exit 143" TERM; echo serving; while :; do sleep 0.1; done',
    ).replace('terminationGracePeriodSeconds: 1', 'terminationGracePeriodSeconds: 30'),
    async act(cluster, namespace) {
      await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/evicted', '--timeout=60s']);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted', namespace } };
      await cluster.kubectl(
        ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/evicted/eviction`, '-f', '-'],
        JSON.stringify(eviction),
      );
    },
    rows: [
      { type: 'pod', reason: 'Evicted', verdict: 'reported' },
      { type: 'death', reason: 'Error', exit_code: 143, log: 'asked to go' },
    ],
  },
  {
    name: 'a pod that nobody can schedule',
    manifest: pod('homeless', 'true', { pod: '  nodeSelector: {disk: unobtainium}' }),
    rows: [{ type: 'stuck', reason: 'Unschedulable', exit_code: null, verdict: 'reported', log_status: 'none' }],
  },
];
