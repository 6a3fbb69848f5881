import type { PodLife } from '../cluster/pod-lives.ts';
import { hash32 } from '../cluster/random.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import type { Flavour } from './flavours.ts';
import type { Series, Ticks } from './series.ts';

/** What the makers of series stand on. */
export interface Scope {
  readonly cluster: SimCluster;
  readonly flavour: Flavour;
  /** Milliseconds since the Unix epoch: no sample is later. */
  readonly now: number;
  readonly liveSince: number | null;
}

/** All series of one metric. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Those of one pod. */
  ofPod?(pod: PodLife, scope: Scope): Series[];
  /** Those that belong to no pod. */
  ofCluster?(scope: Scope): Series[];
}

/** Each target has its own moment within the interval, as Prometheus spreads them. */
export const ticksOf = ({ cluster, flavour: { everyMs } }: Scope, target: string): Ticks => ({
  everyMs,
  offsetMs: hash32(`${cluster.name}/${target}`) % everyMs,
});
