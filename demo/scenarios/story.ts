import type { SimCluster } from '../cluster/sim-cluster.ts';
import { ago, night } from '../history/outages.ts';
import type { Director } from './director.ts';
import type { IncidentName } from './incidents.ts';
import { setOutside } from './landscape.ts';
import { NEWCOMER } from './loads.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What happens at a time of its own before the end of the history. */
export interface Scene {
  /** From where the history ends, both in milliseconds since the Unix epoch. */
  startsAt(now: number): number;
  play(director: Director, cluster: SimCluster): void;
}

const DAY = 24 * HOUR;

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

const one = (startsAt: Scene['startsAt'], name: IncidentName, app: string): Scene => ({
  startsAt,
  play: (director) => void director.cause(name, app),
});

/** What can befall a service, each at a time of its own. */
const SERVICES: readonly Scene[] = [
  one(ago(11 * DAY), 'badImage', 'shop/checkout'),
  one(ago(6.2 * DAY), 'transient', 'logistics/depot-map'),
  one(ago(5.6 * DAY), 'evict', 'shop/gift-cards'),
  one(ago(5.2 * DAY), 'imageGone', 'shop/gift-cards'),
  one(ago(4.7 * DAY), 'noRoom', 'logistics/depot-map'),
  one(ago(4.3 * DAY), 'quota', 'payments/tax-tables'),
  one(ago(3.9 * DAY), 'loseItsNode', 'shop/gift-cards'),
  one(ago(3.5 * DAY), 'drain', 'shop/coupons'),
  one(ago(3.1 * DAY), 'scaleToZero', 'platform/status-page'),
  one(ago(2.7 * DAY), 'portRenamed', 'data/event-router'),
  one(ago(2.4 * DAY), 'deletePods', 'shop/wishlist'),
  { startsAt: ago(2.2 * DAY), play: (_director, cluster) => setOutside(cluster, false) },
  { startsAt: ago(2.2 * DAY - 9 * MINUTE), play: (_director, cluster) => setOutside(cluster, true) },
  one(ago(1.9 * DAY), 'release', 'shop/checkout'),
  one(ago(1.6 * DAY), 'flap', 'platform/status-page'),
  one(ago(1.5 * DAY), 'blink', 'platform/status-page'),
  one(ago(1.3 * DAY), 'restart', 'platform/accounts'),
  one(ago(20 * HOUR), 'supersede', 'shop/search'),
  one(ago(15 * HOUR), 'takeBack', 'payments/ledger'),
  { startsAt: ago(3.3 * HOUR), play: (director) => void director.hold('data/kafka') },
  { startsAt: ago(41 * MINUTE), play: (director) => void director.pause('payments/payment-gateway') },
];

/** Beside the month's routine: what the demo's clusters are remembered for. Loops stand where the agent sees nothing, too. */
export const STORIES = {
  'prod-eu': [
    ...SERVICES,
    databaseAway(ago(6.5 * HOUR), [
      'payments/ledger',
      'shop/checkout',
      'platform/accounts',
      'logistics/shipping',
      'shop/reviews',
    ]),
    { startsAt: ago(52 * MINUTE), play: (director) => director.release('preload', 'shop/checkout') },
    { startsAt: ago(47 * MINUTE), play: (_director, cluster) => cluster.deployments.get(NEWCOMER)?.scale(2) },
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
