import { readBody } from '../../ingest/agent/api-refusal.ts';
import { createTransport } from '../../ingest/agent/https-transport.ts';
import { loadCluster } from '../../ingest/agent/kube-config.ts';
import type { ContainerStatus, PodObject } from '../../schemas/objects.ts';
import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';

// Pods that die when they are told to. A death is one update of a pod's status, as the kubelet makes it where a container dies and
// is back within the same sync: kwok's nodes leave such a pod alone.

export const NAMESPACE = 'capture';
const PODS = 200;
const TIMEOUT_MS = 30_000;

export interface DeathMade {
  readonly pod: string;
  readonly ordinal: number;
  /** Just before the API server was asked to store it, milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface Victims {
  /** Ends the next pod's container, and tells of it just before. Resolves when the API server has stored it. */
  kill(tell: (death: DeathMade) => void): Promise<void>;
  close(): void;
}

type Pod = PodObject & { metadata: { name: string }; status: { containerStatuses: ContainerStatus[] } };

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: victims}
spec:
  replicas: ${PODS}
  selector: {matchLabels: {app: victims}}
  template:
    metadata: {labels: {app: victims}}
    spec: {nodeSelector: {type: kwok}, terminationGracePeriodSeconds: 1, containers: [{name: app, image: "example/app:1"}]}
`;

/** Creates the pods and waits until all of them run. */
export async function createVictims(cluster: TestCluster): Promise<Victims> {
  const transport = createTransport(loadCluster({ kubeconfig: cluster.kubeconfig }));
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  await cluster.kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], MANIFEST);
  const pods = await until(`${PODS} running pods`, async () => {
    const response = await transport.request({ path, timeoutMs: TIMEOUT_MS });
    const { items } = JSON.parse(await readBody(response, 64 << 20)) as { items: Pod[] };
    const running = items.filter(({ status }) => status.containerStatuses?.[0]?.state?.running);
    return running.length === PODS && running;
  }).catch((error: unknown) => {
    transport.close();
    throw error;
  });
  let next = 0;
  return {
    async kill(tell) {
      const pod = pods[next++ % pods.length]!;
      const ordinal = diesOnce(pod);
      tell({ pod: pod.metadata.name, ordinal, at: Date.now() });
      const response = await transport.request({
        method: 'PUT',
        path: `${path}/${pod.metadata.name}/status`,
        body: pod,
        timeoutMs: TIMEOUT_MS,
      });
      const answer = await readBody(response, 1 << 20);
      if (response.status !== 200)
        throw new Error(`${pod.metadata.name}: HTTP ${response.status} ${answer.slice(0, 300)}`);
    },
    close: () => transport.close(),
  };
}

/** Puts a new instance in the place of the one that has just died; answers which of the container's deaths that was. */
function diesOnce(pod: Pod): number {
  const status = pod.status.containerStatuses[0]!;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const { containerID = '', restartCount = 0, state } = status;
  const ended = { containerID, exitCode: 1, reason: 'Error', finishedAt: now };
  status.lastState = { terminated: { ...ended, startedAt: state?.running?.startedAt ?? now } };
  status.state = { running: { startedAt: now } };
  status.restartCount = restartCount + 1;
  status.containerID = `${containerID.split('.', 1)[0] ?? ''}.${restartCount + 1}`;
  // Unconditional: nobody else writes this pod, and a version would have to be waited for.
  delete (pod.metadata as { resourceVersion?: string }).resourceVersion;
  return restartCount;
}
