/** What of a pod is read here. */
export interface ListedPod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly resources?: Readonly<Partial<Record<Sort, Readonly<Record<string, string>>>>>;
    }[];
  };
  readonly status?: { readonly podIP?: string; readonly hostIP?: string };
}

type Sort = 'requests' | 'limits';
type Labels = Readonly<Record<string, string>>;

const UNITS: Readonly<Record<string, string>> = { cpu: 'core', memory: 'byte' };
const MULTIPLES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** Throws on what the tests' manifests do not write. */
function numberOf(quantity: string): number {
  const [, digits, suffix] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const multiple = MULTIPLES[suffix ?? '?'];
  if (digits === undefined || multiple === undefined) throw new Error(`no quantity: ${quantity}`);
  return Number(digits) * multiple;
}

const quoted = (value: string): string =>
  `"${value.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
const line = (name: string, labels: Labels, value: number): string =>
  `${name}{${Object.entries(labels)
    .map(([label, text]) => `${label}=${quoted(text)}`)
    .join(',')}} ${value}\n`;

function ofPod({ metadata, spec, status }: ListedPod): string {
  const { namespace, name: pod, uid } = metadata;
  const node = spec.nodeName ?? '';
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const own = { namespace, pod, uid };
  const info = {
    host_ip: status?.hostIP ?? '',
    pod_ip: status?.podIP ?? '',
    node,
    created_by_kind: owner?.kind ?? '',
    created_by_name: owner?.name ?? '',
  };
  const owned = {
    owner_kind: owner?.kind ?? '',
    owner_name: owner?.name ?? '',
    owner_is_controller: owner ? 'true' : '',
  };
  const asked = spec.containers.flatMap(({ name: container, resources }) =>
    (['requests', 'limits'] as const).flatMap((sort) =>
      Object.entries(resources?.[sort] ?? {}).map(([key, quantity]) => {
        const resource = key.replaceAll(/\W/g, '_');
        const labels = { ...own, container, node, resource, unit: UNITS[resource] ?? 'integer' };
        return line(`kube_pod_container_resource_${sort}`, labels, numberOf(quantity));
      }),
    ),
  );
  return [
    line('kube_pod_info', { ...own, ...info }, 1),
    line('kube_pod_owner', { ...own, ...owned }, 1),
    ...asked,
  ].join('');
}

/**
 * What kube-state-metrics 2 tells of pods, in Prometheus' text format: kube_pod_info, kube_pod_owner and
 * kube_pod_container_resource_requests and _limits (https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload),
 * which is all that usage asks of it. kube-state-metrics itself is in no registry that tests take from.
 */
export const podMetrics = (pods: readonly ListedPod[]): string => pods.map(ofPod).join('');
