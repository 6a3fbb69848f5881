import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { until, type TestCluster } from '../../../deploy/testkube/test-kube.ts';

/** Kubernetes writes whole seconds. */
const SECOND_MS = 1000;
const PATIENCE_MS = 600_000;
const AGAIN_MS = 200;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly { readonly time?: string }[];
}

export interface Pod {
  readonly metadata: Meta;
  readonly spec: {
    readonly schedulingGates?: readonly unknown[];
    readonly containers: readonly { readonly image: string }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Slice {
  readonly metadata: Meta;
  readonly addressType: string;
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
    readonly targetRef?: { readonly uid?: string };
  }[];
  readonly ports?: readonly { readonly name?: string }[];
}

/** How a service was from then on. The change came at `from` at the earliest and at `to` at the latest. Milliseconds. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly ready: number;
  /** Not ready, but serving while they are being terminated. */
  readonly serving: number;
  /** Names of the ports that some ready endpoint offers. */
  readonly ports: readonly string[];
}

/** What the API server shows of pods and EndpointSlices, seen by watches of the test's own. */
export interface ClusterView {
  /** Every state of a service by its slices, oldest first. */
  steps(namespace: string, service: string): readonly Step[];
  /** The same by its pods' own condition, for a service that publishes those that are not ready. */
  podSteps(namespace: string, app: string): readonly Step[];
  slices(namespace: string, service: string): { readonly addressType: string; readonly endpoints: number }[];
  pods(namespace: string): Pod[];
  until(what: string, condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

/** Takes what is there, and every change from then on; resolves when the watch ends. */
async function watch<T>(
  kubeconfig: string,
  path: string,
  signal: AbortSignal,
  take: (type: string, object: T) => void,
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: RequestOptions = { signal };
  await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  const asking = request(`${config.getCurrentCluster()?.server}${path}?watch=1&timeoutSeconds=3600`, options).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
  for await (const line of createInterface(response)) {
    const { type, object } = JSON.parse(line) as { type: string; object: T };
    take(type, object);
  }
}

/** A control plane that comes back is watched anew. */
async function follow<T>(...args: Parameters<typeof watch<T>>): Promise<void> {
  const [, , signal] = args;
  while (!signal.aborted) {
    await watch(...args).catch(() => undefined);
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** When an object was last written at the earliest: its managers tell whole seconds. */
const writtenAt = ({ managedFields }: Meta): number =>
  Math.max(0, ...(managedFields ?? []).map(({ time }) => (time === undefined ? 0 : Date.parse(time))));

function stepOf(slices: Iterable<Slice>, span: { from: number; to: number }): Step {
  const [ready, serving, ports] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { endpoints, ports: offered } of slices) {
    for (const { conditions, targetRef } of endpoints ?? []) {
      const id = targetRef?.uid ?? '';
      if (conditions?.ready ?? true) {
        ready.add(id);
        for (const { name } of offered ?? []) ports.add(name ?? '');
      } else if (conditions?.serving && conditions.terminating) serving.add(id);
    }
  }
  const stays = [...serving].filter((id) => !ready.has(id));
  return { ...span, ready: ready.size, serving: stays.length, ports: [...ports].sort() };
}

export function viewCluster({ kubeconfig }: TestCluster): ClusterView {
  const ending = new AbortController();
  const slices = new Map<string, Map<string, Slice>>();
  const sliceSteps = new Map<string, Step[]>();
  const pods = new Map<string, Pod>();
  const readyPods = new Map<string, Set<string>>();
  const podSteps = new Map<string, Step[]>();
  const add = (all: Map<string, Step[]>, key: string, step: Step) => {
    const steps = all.get(key) ?? [];
    all.set(key, steps);
    steps.push(step);
  };

  const slicesSeen = follow<Slice>(
    kubeconfig,
    '/apis/discovery.k8s.io/v1/endpointslices',
    ending.signal,
    (type, slice) => {
      const service = slice.metadata?.labels?.['kubernetes.io/service-name'];
      if (!service) return;
      const to = Date.now();
      const key = `${slice.metadata.namespace}/${service}`;
      const own = slices.get(key) ?? new Map<string, Slice>();
      slices.set(key, own);
      if (type === 'DELETED') own.delete(slice.metadata.uid);
      else own.set(slice.metadata.uid, slice);
      const before = sliceSteps.get(key)?.at(-1)?.from ?? 0;
      add(sliceSteps, key, stepOf(own.values(), { from: Math.max(before, writtenAt(slice.metadata)), to }));
    },
  );
  const podsSeen = follow<Pod>(kubeconfig, '/api/v1/pods', ending.signal, (type, pod) => {
    const to = Date.now();
    const { uid, namespace, labels } = pod.metadata;
    if (type === 'DELETED') pods.delete(uid);
    else pods.set(uid, pod);
    const key = `${namespace}/${labels?.['app']}`;
    const before = podSteps.get(key)?.at(-1);
    const told = pod.status?.conditions?.find(({ type: of }) => of === 'Ready')?.lastTransitionTime;
    const readyOnes = readyPods.get(key) ?? new Set<string>();
    readyPods.set(key, readyOnes);
    if (type !== 'DELETED' && isReady(pod)) readyOnes.add(uid);
    else readyOnes.delete(uid);
    const ready = readyOnes.size;
    if (before?.ready === ready) return;
    const from = Math.max(before?.from ?? 0, told === undefined ? to - SECOND_MS : Date.parse(told));
    add(podSteps, key, { from: Math.min(from, to), to, ready, serving: 0, ports: [] });
  });

  return {
    steps: (namespace, service) => sliceSteps.get(`${namespace}/${service}`) ?? [],
    podSteps: (namespace, app) => podSteps.get(`${namespace}/${app}`) ?? [],
    slices: (namespace, service) =>
      [...(slices.get(`${namespace}/${service}`)?.values() ?? [])].map(({ addressType, endpoints }) => ({
        addressType,
        endpoints: endpoints?.length ?? 0,
      })),
    pods: (namespace) => [...pods.values()].filter(({ metadata }) => metadata.namespace === namespace),
    until: async (what, condition) => void (await until(what, async () => condition(), PATIENCE_MS)),
    async close() {
      ending.abort();
      await Promise.all([slicesSeen, podsSeen]);
    },
  };
}
