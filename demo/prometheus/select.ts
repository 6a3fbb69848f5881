import { CADVISOR } from './cadvisor.ts';
import type { Family, Scope } from './family.ts';
import { GPUS } from './gpus.ts';
import { KUBE_STATE } from './kube-state.ts';
import { matches, type Matcher } from './matchers.ts';
import type { Series } from './series.ts';

/** All that a cluster's Prometheus has. */
export const familiesOf = ({ flavour }: Scope): readonly Family[] => [
  ...CADVISOR,
  ...KUBE_STATE[flavour.names],
  ...(flavour.gpus ? GPUS[flavour.gpus] : []),
];

const textOf = ({ labels }: Series): string => JSON.stringify(labels);

/** Pods of a StatefulSet follow each other under one name: without an id in its labels theirs is one series. */
function joined(alike: readonly Series[]): Series {
  const [first] = alike;
  if (!first || alike.length === 1) return first as Series;
  return {
    labels: first.labels,
    read(from, to) {
      const byTime = new Map<number, number>();
      for (const series of alike) {
        const { times, values } = series.read(from, to);
        times.forEach((time, i) => {
          const value = values[i] as number;
          if (!Number.isNaN(value) || !byTime.has(time)) byTime.set(time, value);
        });
      }
      const all = [...byTime].toSorted(([a], [b]) => a - b);
      return { times: all.map(([time]) => time), values: all.map(([, value]) => value) };
    },
  };
}

/** The series that fit all matchers and may have samples in [from, to] (milliseconds since the Unix epoch), in order of their labels. */
export function select(scope: Scope, matchers: readonly Matcher[], from: number, to: number): Series[] {
  const ofName = matchers.filter(({ name }) => name === '__name__');
  const families = familiesOf(scope).filter((family) => matches(ofName, [['__name__', family.name]]));
  const pods = scope.cluster.lives.between(from, to);
  const found: Series[] = [];
  for (const family of families) {
    const add = (series: readonly Series[]) => found.push(...series.filter(({ labels }) => matches(matchers, labels)));
    if (family.ofCluster) add(family.ofCluster(scope));
    if (family.ofPod) for (const pod of pods) add(family.ofPod(pod, scope));
  }
  return [...Map.groupBy(found, textOf)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, alike]) => joined(alike));
}
