import { createSimCluster } from '../../../demo/cluster/sim-cluster.ts';
import { resourceOfKind } from '../../../demo/cluster/resources.ts';
import { startSimServer } from '../../../demo/server.ts';
import type { Fault, FaultRequest } from '../../../demo/server/faults.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createTokenFile } from './kubeconfig.ts';

const POD = resourceOfKind('Pod');
const NAMESPACE = 'small';
const BOOKMARK_MS = 10_000;

/** A cluster of a few pods that change only when told to. Times by its clock. */
export interface SmallCluster {
  readonly kubeconfig: string;
  /** Changes a pod; answers the new resourceVersion. */
  touch(): string;
  close(): Promise<void>;
}

const podOf = (name: string) => ({
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: {} },
  spec: { containers: [{ name: 'app', image: 'app:1' }], initContainers: [] },
  status: { phase: 'Running', containerStatuses: [], initContainerStatuses: [] },
});

/** `faults` and `onFault` as the server's. A token that a fault has spoilt is renewed in the kubeconfig file when the fault says. */
export async function startSmallCluster(options: {
  name: string;
  dir: string;
  clock: Clock;
  pods: number;
  faults: (request: FaultRequest) => Fault | undefined;
  onFault?: (request: FaultRequest, fault: Fault) => void;
}): Promise<SmallCluster> {
  const { name, clock } = options;
  const cluster = createSimCluster({ name, seed: name, clock, share: 0, nodes: 0 });
  for (let at = 0; at < options.pods; at++) cluster.store.create(podOf(`pod-${at}`));
  const tokenFile = createTokenFile(options.dir, name);
  let turns = 0;
  const server = await startSimServer(cluster, {
    clock,
    bookmarkMs: BOOKMARK_MS,
    faults: options.faults,
    onFault(request, fault) {
      options.onFault?.(request, fault);
      if (fault.kind === 'token') clock.after(fault.renewMs, () => tokenFile.renew(server.url));
    },
  });
  tokenFile.renew(server.url);
  return {
    kubeconfig: tokenFile.path,
    touch() {
      turns += 1;
      const pod = structuredClone(cluster.store.get(POD, NAMESPACE, `pod-${turns % options.pods}`));
      if (!pod) throw new Error('the cluster has no pods');
      pod.metadata.labels = { turn: String(turns) };
      return cluster.store.update(pod).metadata.resourceVersion;
    },
    close: () => server.close(),
  };
}
