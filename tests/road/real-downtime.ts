import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import type { Downtime } from './downtime.ts';
import { pod, STATE } from './scenarios.ts';

const NAMESPACE = 'away';
const DEADLINE_MS = 120_000;
/** Says its number and dies when it is told to. */
const DIES_WHEN_TOLD =
  'n=$(cat /state/n 2>/dev/null || echo 0); echo $((n+1)) > /state/n; echo "instance $n says hello"; while [ ! -f /state/die ]; do sleep 0.2; done; rm /state/die; exit 5';

/** Lets the instance die and waits until the next one runs. */
async function die(cluster: TestCluster, name: string, ordinal: number): Promise<void> {
  const inNamespace = (...args: string[]) => cluster.kubectl(['-n', NAMESPACE, ...args]);
  await inNamespace('exec', name, '--', 'touch', '/state/die');
  const path = '{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}';
  await until(
    `the restart ${ordinal + 1} of ${name}`,
    async () => {
      const text = await inNamespace('get', 'pod', name, '-o', `jsonpath=${path}`);
      const [restarts, running] = text.split(' ');
      return Number(restarts) === ordinal + 1 && Boolean(running);
    },
    DEADLINE_MS,
  );
}

/** One pod that dies before the agent goes and twice while it is away, and one that goes. */
export const REAL_DOWNTIME: Downtime<TestCluster> = {
  namespace: NAMESPACE,
  async before(cluster) {
    const manifests = [pod('dies', DIES_WHEN_TOLD, STATE), pod('leaves', 'exec sleep 100000')];
    await cluster.kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], manifests.join('---'));
    await cluster.kubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
    await die(cluster, 'dies', 0);
  },
  async meanwhile(cluster) {
    await cluster.kubectl(['-n', NAMESPACE, 'delete', 'pod', 'leaves', '--wait=true']);
    for (const ordinal of [1, 2]) await die(cluster, 'dies', ordinal);
  },
  vanished: 1,
  log: (_pod, ordinal) => `instance ${ordinal} says hello`,
};
