import type { SimCluster } from '../cluster/sim-cluster.ts';
import { ago, night } from '../history/outages.ts';
import type { Director } from './director.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What happens at a time of its own before the end of the history. */
export interface Scene {
  /** From where the history ends, both in milliseconds since the Unix epoch. */
  startsAt(now: number): number;
  play(director: Director, cluster: SimCluster): void;
}

/** The database is away for some minutes: first it, then those who need it, each some times. */
const databaseAway = (startsAt: Scene['startsAt'], dependents: readonly string[]): Scene => ({
  startsAt,
  play(director, cluster) {
    const [pod] = cluster.slotted.get('data/postgres')?.pods() ?? [];
    if (pod) cluster.kubelet.die(pod, 'postgres', { exitCode: 1, reason: 'Error', ending: 'bug' });
    for (const turn of [0, 1, 2]) {
      dependents.forEach((app, i) => {
        cluster.sim.timeline.after(turn * 100 * SECOND + 12 * SECOND * (i + 1), () =>
          director.cause(turn === 0 ? 'crashLoop' : 'dependency', app),
        );
      });
    }
  },
});

const loops = (startsAt: Scene['startsAt'], ...apps: readonly string[]): Scene => ({
  startsAt,
  play: (director) => apps.forEach((app) => director.cause('crashLoop', app)),
});

/** Beside the month's routine: what the demo's clusters are remembered for. Loops stand where the agent sees nothing, too. */
export const STORIES = {
  'prod-eu': [
    databaseAway(ago(6.5 * HOUR), [
      'payments/ledger',
      'shop/checkout',
      'platform/accounts',
      'logistics/shipping',
      'shop/reviews',
    ]),
    { startsAt: ago(52 * MINUTE), play: (director) => director.release('preload', 'shop/checkout') },
  ],
  'prod-us': [
    { startsAt: ago(9 * HOUR), play: (director) => director.release('mapRace', 'payments/refunds') },
    loops(ago(5 * HOUR - 40 * SECOND), 'shop/cart', 'logistics/tracking'),
  ],
  staging: [
    loops((now) => night(4)(now) + 25 * MINUTE, 'shop/wishlist', 'payments/invoice-worker', 'data/event-router'),
    { startsAt: ago(20 * HOUR), play: (director) => director.release('rejection', 'logistics/tracking') },
    { startsAt: ago(3 * HOUR), play: (director) => director.release('noModule', 'shop/recommendations') },
  ],
} satisfies Record<string, readonly Scene[]>;
