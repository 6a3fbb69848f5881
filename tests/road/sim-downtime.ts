import { until, type SimCluster } from '../../deploy/testkube/test-kube.ts';
import type { Downtime } from './downtime.ts';
import { lineOf } from './log-keeper.ts';
import { simPod } from './sim-scenarios.ts';

const FIRST = 2;
/** How often each pod has died when the agent comes back. */
const CRASHING: Readonly<Record<string, number>> = { 'dies-once': 3, 'dies-thrice': 5, 'dies-often': 7, rests: FIRST };
const LEAVING = ['leaves', 'goes'];

const crashing = (name: string): string =>
  simPod(name, {
    crash: 'true',
    'after-log': 'true',
    'crash-times': String(FIRST),
    'crash-after': '2s',
    'crash-backoff': '200ms',
  });

async function allRunning(
  cluster: SimCluster,
  namespace: string,
  restartsOf: (pod: string) => number | undefined,
): Promise<void> {
  const path =
    '{range .items[*]}{.metadata.name} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt} {.metadata.annotations.testkube/logged}{"\\n"}{end}';
  await until('the restarts', async () => {
    const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', `jsonpath=${path}`]);
    const pods = text
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    // The log of the last death is written with that of the instance after it.
    return pods.every(([pod = '', count, started, logged]) => {
      const wanted = restartsOf(pod);
      const isLogged = wanted === undefined || Number(logged) === wanted;
      return Boolean(started) && isLogged && Number(count) === (wanted ?? 0);
    });
  });
}

/** Pods that restart once, thrice and five times while the agent is away, one that does not, and two that go. */
export const SIM_DOWNTIME: Downtime<SimCluster> = {
  async before(cluster, namespace) {
    const pods = [...Object.keys(CRASHING).map(crashing), ...LEAVING.map((name) => simPod(name))];
    await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], pods.join('---'));
    await allRunning(cluster, namespace, (pod) => (pod in CRASHING ? FIRST : undefined));
  },
  async meanwhile(cluster, namespace) {
    const inNamespace = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
    for (const [pod, times] of Object.entries(CRASHING)) {
      await inNamespace('annotate', '--overwrite', 'pod', pod, `testkube/crash-times=${times}`);
    }
    await inNamespace('delete', 'pod', ...LEAVING, '--wait=true');
    await allRunning(cluster, namespace, (pod) => CRASHING[pod]);
  },
  vanished: LEAVING.length,
  log: lineOf,
};
