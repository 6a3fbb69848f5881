import { isAppError } from '../../platform/errors.ts';
import type { Matcher } from './prometheus/matchers.ts';
import type { Labels } from './prometheus/series.ts';
import { ofMetric, selectorText } from './selector.ts';
import type { AskPrometheus } from './sources-count.ts';

/** Who stands over a pod, and where it runs; '' where nothing tells. */
export interface PodOwner {
  readonly workload_kind: string;
  readonly workload: string;
  readonly node: string;
}

/** Owners by namespace and pod. */
export interface PodOwners {
  of(pod: { readonly namespace: string; readonly pod: string }): PodOwner;
}

const OWNER = ['owner_kind', 'owner_name'];
/** Of each metric the labels that are needed: those which a scrape may have of its own too, and the others. */
const METRICS = {
  kube_pod_info: { both: ['namespace', 'pod', 'node'], others: ['created_by_kind', 'created_by_name'] },
  kube_pod_owner: { both: ['namespace', 'pod'], others: OWNER },
  kube_replicaset_owner: { both: ['namespace', 'replicaset'], others: OWNER },
  kube_job_owner: { both: ['namespace', 'job_name'], others: OWNER },
} as const;
type Metric = keyof typeof METRICS;

/** The characters of a pod-template-hash (k8s.io/apimachinery/pkg/util/rand SafeEncodeString). */
const TEMPLATE_HASH = /-[bcdfghjklmnpqrstvwxz2456789]{5,10}$/;
const NOBODY: PodOwner = { workload_kind: '', workload: '', node: '' };
/** A range that is shorter is not halved: pods that come and go are too many in a long one alone. */
const LEAST_MS = 300_000;
/** kube-state-metrics 1 writes so what 2 leaves empty. */
const NONE = '<none>';

interface Owner {
  readonly kind: string;
  readonly name: string;
}

/**
 * Asks kube-state-metrics for the owners and nodes of a cluster's pods in a range: pod, ReplicaSet and Deployment, Job and CronJob. A
 * ReplicaSet of which nothing is told is read as its Deployment's by its name. Of several that are told of one pod the last by its
 * labels' order counts. The server answers with the labels that are needed alone, of what had samples in the range, which is halved
 * where that is too much. Throws what `prometheus.query` throws.
 */
export async function findOwners(options: {
  prometheus: Pick<AskPrometheus, 'query'>;
  matchers: readonly Matcher[];
  fromMs: number;
  toMs: number;
  signal?: AbortSignal;
}): Promise<PodOwners> {
  const { prometheus, matchers, signal } = options;
  const ask = async (metric: Metric, fromMs: number, toMs: number): Promise<Labels[]> => {
    try {
      const { samples } = await prometheus.query(labelsText(metric, { matchers, fromMs, toMs }), toMs, signal);
      return samples.map(({ labels }) => labels);
    } catch (error) {
      if (!isAppError(error, 'prometheus_too_much') || toMs - fromMs < 2 * LEAST_MS) throw error;
      const middleMs = fromMs + Math.floor((toMs - fromMs) / 2);
      return [...(await ask(metric, fromMs, middleMs)), ...(await ask(metric, middleMs, toMs))];
    }
  };
  const told = async (metric: Metric): Promise<Labels[]> => {
    const labels = await ask(metric, options.fromMs, options.toMs);
    const byOrder = new Map(labels.map((each) => [JSON.stringify(Object.entries(each).toSorted(byName)), each]));
    return [...byOrder].toSorted(byName).map(([, each]) => each);
  };
  const replicaSets = ownersBy('replicaset', await told('kube_replicaset_owner'));
  const jobs = ownersBy('job_name', await told('kube_job_owner'));
  const pods = new Map<string, PodOwner>();
  const put = (labels: Labels, nodeOf: (before: PodOwner | undefined) => string): void => {
    const [namespace, pod] = [exported(labels, 'namespace'), exported(labels, 'pod')];
    if (namespace === '' || pod === '') return;
    const key = `${namespace}/${pod}`;
    const before = pods.get(key);
    const direct = ownerIn(labels);
    const top = direct ? topOwner(namespace, direct, replicaSets, jobs) : undefined;
    pods.set(key, { ...workloadOf(pod, top, before), node: nodeOf(before) });
  };
  for (const labels of await told('kube_pod_info')) put(labels, () => exported(labels, 'node'));
  for (const labels of await told('kube_pod_owner')) put(labels, (before) => before?.node ?? '');
  return { of: ({ namespace, pod }) => pods.get(`${namespace}/${pod}`) ?? NOBODY };
}

/** PromQL that answers with the label sets that a metric had in the range, as far as they are needed. */
function labelsText(
  metric: Metric,
  { matchers, fromMs, toMs }: { matchers: readonly Matcher[]; fromMs: number; toMs: number },
): string {
  const { both, others } = METRICS[metric];
  const names = [...both.flatMap((name) => [name, `exported_${name}`]), ...others];
  const seconds = Math.max(1, Math.ceil((toMs - fromMs) / 1_000));
  const selector = selectorText(ofMetric(metric, ...matchers));
  return `max by (${names.join(', ')}) (max_over_time(${selector}[${seconds}s]))`;
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

/** Where Prometheus had labels of its own by that name, the exporter's are called exported_. */
const exported = (labels: Labels, name: string): string => labels[`exported_${name}`] ?? labels[name] ?? '';

/** The owner that the labels tell; undefined where they tell that there is none. */
function ownerIn(labels: Labels): Owner | undefined {
  const kind = labels['owner_kind'] ?? labels['created_by_kind'] ?? '';
  const name = labels['owner_name'] ?? labels['created_by_name'] ?? '';
  return kind === '' || kind === NONE || name === '' ? undefined : { kind, name };
}

function ownersBy(label: string, told: readonly Labels[]): Map<string, Owner | undefined> {
  return new Map(
    told.map((labels) => [`${exported(labels, 'namespace')}/${exported(labels, label)}`, ownerIn(labels)]),
  );
}

function topOwner(
  namespace: string,
  owner: Owner,
  replicaSets: ReadonlyMap<string, Owner | undefined>,
  jobs: ReadonlyMap<string, Owner | undefined>,
): Owner {
  const key = `${namespace}/${owner.name}`;
  if (owner.kind === 'Job') return jobs.get(key) ?? owner;
  if (owner.kind !== 'ReplicaSet') return owner;
  if (replicaSets.has(key)) return replicaSets.get(key) ?? owner;
  const name = owner.name.replace(TEMPLATE_HASH, '');
  return name === owner.name ? owner : { kind: 'Deployment', name };
}

/** A pod of nobody is its own workload; a static one, whose owner is its node, too, without the node's name. */
function workloadOf(pod: string, top: Owner | undefined, before: PodOwner | undefined): Omit<PodOwner, 'node'> {
  if (!top) return before ?? { workload_kind: 'Pod', workload: pod };
  if (top.kind !== 'Node') return { workload_kind: top.kind, workload: top.name };
  const suffix = `-${top.name}`;
  return { workload_kind: 'Pod', workload: pod.endsWith(suffix) ? pod.slice(0, -suffix.length) : pod };
}
