import type { TestCluster } from '../../deploy/testkube/test-kube.ts';
import type { Downtime } from './downtime.ts';
import { die, diesWhenTold, pod, STATE } from './scenarios.ts';

/** One pod that dies before the agent goes and twice while it is away, and one that goes. */
export const REAL_DOWNTIME: Downtime<TestCluster> = {
  async before(cluster, namespace) {
    const manifests = [pod('dies', diesWhenTold(5), STATE), pod('leaves', 'exec sleep 100000')];
    await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], manifests.join('---'));
    await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
    await die(cluster, namespace, 'dies', 0);
  },
  async meanwhile(cluster, namespace) {
    await cluster.kubectl(['-n', namespace, 'delete', 'pod', 'leaves', '--wait=true']);
    for (const ordinal of [1, 2]) await die(cluster, namespace, 'dies', ordinal);
  },
  vanished: 1,
  log: (_pod, ordinal) => `instance ${ordinal} says hello`,
};
