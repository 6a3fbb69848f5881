import { error, OOM } from '../../../demo/cluster/app.ts';
import type { Random } from '../../../demo/cluster/random.ts';
import { RESOURCES, type Resource } from '../../../demo/cluster/resources.ts';
import type { SimCluster } from '../../../demo/cluster/sim-cluster.ts';

const NAMESPACES = ['shop', 'payments', 'data'];
/** Pods and events come of the cluster's own machinery. */
const MADE: readonly Resource[] = RESOURCES.filter(({ source }) => !['', 'pod', 'event'].includes(source));

interface Spec extends Record<string, unknown> {
  readonly metadata: { name: string; namespace?: string; labels: Record<string, string> };
}

const draftOf = ({ kind, namespaced }: Resource, name: string, random: Random): Spec & { kind: string } => ({
  kind,
  metadata: { name, ...(namespaced ? { namespace: random.pick(NAMESPACES) } : {}), labels: { made: 'churn' } },
  spec: { selector: { matchLabels: { app: name } } },
  status: {},
  ...(kind === 'PriorityClass' ? { value: 1 } : {}),
  ...(kind === 'EndpointSlice' ? { addressType: 'IPv4', endpoints: [], ports: [] } : {}),
});

/**
 * Something happens in the cluster every `meanMs`: objects of every kind come, change and go, containers die, pods are
 * deleted and replaced. Ends with the returned function.
 */
export function startChurn(cluster: SimCluster, meanMs: number): () => void {
  const { timeline } = cluster.sim;
  const { store, kubelet } = cluster;
  const random = cluster.sim.random.fork('churn');
  const own = new Map<string, { namespace: string; name: string }[]>();
  let made = 0;
  let ended = false;

  function change(resource: Resource): void {
    const mine = own.get(resource.plural) ?? [];
    own.set(resource.plural, mine);
    const some = mine.length > 0 ? random.pick(mine) : undefined;
    if (!some || mine.length < 3 || random.chance(0.2)) {
      const { metadata } = store.create(draftOf(resource, `churn-${++made}`, random));
      mine.push({ namespace: metadata.namespace ?? '', name: metadata.name });
      return;
    }
    const object = structuredClone(store.get(resource, some.namespace, some.name));
    if (!object) return;
    if (random.chance(0.25)) {
      store.delete(object);
      mine.splice(mine.indexOf(some), 1);
      // A namesake takes its place at once: another uid under the same name.
      if (random.chance(0.3)) {
        store.create({ ...draftOf(resource, some.name, random), metadata: { ...object.metadata } });
        mine.push(some);
      }
      return;
    }
    object.metadata.labels = { ...object.metadata.labels, turn: String(timeline.now()) };
    store.update(object);
  }

  function trouble(): void {
    const pods = [...cluster.deployments.values()].flatMap((deployment) => deployment.pods());
    const pod = pods.length > 0 ? random.pick(pods) : undefined;
    if (!pod) return;
    if (random.chance(0.3)) kubelet.stop(pod);
    else kubelet.die(pod, random.pick(pod.containers).name, random.chance(0.4) ? OOM : error('bug'));
  }

  function turn(): void {
    if (ended) return;
    if (random.chance(0.25)) trouble();
    else change(random.pick(MADE));
    timeline.after(random.exponential(meanMs), turn);
  }
  timeline.after(random.exponential(meanMs), turn);
  return () => {
    ended = true;
  };
}
