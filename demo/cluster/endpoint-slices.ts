import type { ContainerSpec } from '../../schemas/objects.ts';
import { kubeTime, type KubeObject } from './objects.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import { ownerOf } from './replica-sets.ts';
import { zoneOf } from './node-object.ts';
import type { Sim } from './sim.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** A container's port by number or name. */
  readonly targetPort: number | string;
  readonly protocol: 'TCP';
}

export type Service = KubeObject & {
  spec: {
    selector: Record<string, string>;
    ports: ServicePort[];
    clusterIP: string;
    ipFamilies: Family[];
    publishNotReadyAddresses?: boolean;
  };
};
type Slice = KubeObject & { endpoints: unknown[]; ports: unknown[] };
export type Family = 'IPv4' | 'IPv6';

/** The endpoint slice controller's own limit. */
const MAX_ENDPOINTS = 100;

/** Slices of one address family whose endpoints offer the same ports. */
interface Group {
  readonly ports: unknown[];
  readonly slices: { readonly object: Slice; pods: RunningPod[] }[];
}

const isOver = ({ object }: RunningPod) => object.status.phase === 'Failed' || object.status.phase === 'Succeeded';

const familyOf = (ip: string): Family => (ip.includes(':') ? 'IPv6' : 'IPv4');

const addressOf = ({ object }: RunningPod, family: Family): string | undefined =>
  (object.status['podIPs'] as { ip: string }[] | undefined)?.find(({ ip }) => familyOf(ip) === family)?.ip;

/** The service's ports as a pod offers them; one whose name no container has is left out. */
function portsFor({ spec }: Service, { object }: RunningPod) {
  const offered = object.spec.containers.flatMap(
    (container: ContainerSpec) => (container['ports'] ?? []) as { name: string; containerPort: number }[],
  );
  return spec.ports.flatMap(({ name, targetPort, protocol }) => {
    const port =
      typeof targetPort === 'number' ? targetPort : offered.find((each) => each.name === targetPort)?.containerPort;
    return port === undefined ? [] : [{ name, port, protocol }];
  });
}

/**
 * The endpoint slice controller for one service: a group of slices for each address family and set of ports, at most 100 endpoints
 * a slice, which stay where they are; an empty slice where there are none.
 */
export function createEndpointSlices({ store, random, timeline }: Sim, service: Service) {
  const { name, namespace } = service.metadata;
  const isHeadless = service.spec.clusterIP === 'None';
  const groups = new Map<string, Group>();

  function create(family: Family, ports: unknown[]): Slice {
    return store.create<Slice>({
      kind: 'EndpointSlice',
      metadata: {
        name: `${name}-${random.suffix(5)}`,
        generateName: `${name}-`,
        ...(namespace ? { namespace } : {}),
        generation: 1,
        labels: {
          ...service.metadata.labels,
          'kubernetes.io/service-name': name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          ...(isHeadless ? { 'service.kubernetes.io/headless': '' } : {}),
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': kubeTime(timeline.now()) },
        ownerReferences: [ownerOf(service)],
      },
      addressType: family,
      endpoints: [],
      ports,
    });
  }

  function endpointOf(pod: RunningPod, address: string) {
    const serving = isReady(pod);
    const terminating = Boolean(pod.object.metadata.deletionTimestamp);
    const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
    const { uid, name: podName } = pod.object.metadata;
    return {
      addresses: [address],
      conditions: { ready, serving, terminating },
      ...(isHeadless && pod.object.metadata.labels?.['statefulset.kubernetes.io/pod-name']
        ? { hostname: podName }
        : {}),
      nodeName: pod.node,
      zone: zoneOf(pod.node ?? ''),
      targetRef: { kind: 'Pod', namespace, name: podName, uid },
    };
  }

  /** Those that are still wanted stay in their slices; the others fill up what has room. */
  function place({ slices, ports }: Group, family: Family, wanted: ReadonlySet<RunningPod>): void {
    for (const slice of slices) slice.pods = slice.pods.filter((pod) => wanted.has(pod));
    const placed = new Set(slices.flatMap(({ pods }) => pods));
    for (const pod of wanted) {
      if (placed.has(pod)) continue;
      let slice = slices.find(({ pods }) => pods.length < MAX_ENDPOINTS);
      if (!slice) slices.push((slice = { object: create(family, ports), pods: [] }));
      slice.pods.push(pod);
    }
    for (const slice of slices.filter(({ pods }) => pods.length === 0).slice(wanted.size === 0 ? 1 : 0)) {
      slices.splice(slices.indexOf(slice), 1);
      store.delete(slice.object);
    }
    for (const { object, pods } of slices) {
      object.endpoints = pods.map((pod) => endpointOf(pod, addressOf(pod, family) ?? ''));
      store.write(object, changed);
    }
  }

  function changed(object: KubeObject): void {
    object.metadata.generation = (object.metadata.generation ?? 0) + 1;
    object.metadata.annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': kubeTime(timeline.now()) };
  }

  function writeFamily(family: Family, pods: readonly RunningPod[]): void {
    const wanted = new Map<string, { ports: unknown[]; pods: Set<RunningPod> }>();
    for (const pod of pods) {
      if (!addressOf(pod, family)) continue;
      const ports = portsFor(service, pod);
      const key = `${family} ${JSON.stringify(ports)}`;
      const own = wanted.get(key) ?? { ports, pods: new Set() };
      own.pods.add(pod);
      wanted.set(key, own);
    }
    if (wanted.size === 0) wanted.set(`${family} []`, { ports: [], pods: new Set() });
    for (const [key, { ports, pods: own }] of wanted) {
      const group = groups.get(key) ?? { ports, slices: [] };
      groups.set(key, group);
      if (own.size === 0 && group.slices.length === 0) group.slices.push({ object: create(family, ports), pods: [] });
      place(group, family, own);
    }
    for (const [key, { slices }] of groups) {
      if (!key.startsWith(family) || wanted.has(key)) continue;
      groups.delete(key);
      for (const { object } of slices) store.delete(object);
    }
  }

  /** Brings the slices in line with the pods that the service selects. */
  return function write(pods: Iterable<RunningPod>): void {
    const live = [...pods].filter((pod) => !isOver(pod));
    for (const family of service.spec.ipFamilies) writeFamily(family, live);
  };
}
