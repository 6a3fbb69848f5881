import { afterAll, beforeAll, expect, it } from 'vitest';
import { toTime } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import { clustersTable, coverageTable, type CoverageRow } from '../../schemas/journal.ts';
import {
  CAUSES,
  maintenanceTable,
  outagesTable,
  servicesTable,
  type MaintenanceRow,
  type OutageRow,
  type ServiceRow,
} from '../../schemas/outages.ts';
import { FULL_SCOPE } from '../scope.ts';
import { chdbStore } from '../testing/chdb-store.ts';
import { clusterRow, coverageRow } from '../testing/rows.ts';
import { maintenanceRow, outageRow, serviceRow } from '../testing/service-rows.ts';
import { sumSlices, type SlaSums } from '../sla-sums.ts';
import type { Period } from './service-conditions.ts';
import { readHistories } from './sla.ts';

/** The world is so many ticks of a second long; the oracle looks at each tick by itself. */
const TICKS = 400;
const TICK_MS = 1000;
const BEGIN = Date.parse('2026-10-24T23:50:00.000Z');
const CASES = 2000;
const CLUSTERS = 40;
const SLICES = [
  [0, TICKS],
  [60, 180],
  [179, 181],
  [300, TICKS],
  [100, 100],
] as const;
const HEARD = 250;

const WATCHED = [
  'service',
  'endpointslice',
  'pod',
  'workload/deployments',
  'workload/replicasets',
  'workload/cronjobs',
  'node',
];

const timeOf = (tick: number): string => toTime(BEGIN + tick * TICK_MS);

/** Reproducible numbers below `below` (mulberry32). */
function numbers(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface World {
  services: ServiceRow[];
  outages: OutageRow[];
  spans: CoverageRow[];
  windows: MaintenanceRow[];
}

/** Intervals one after another, as the fold makes them; their bounds may reach into their neighbours. */
function outagesOf(service: ServiceRow, below: (n: number) => number): OutageRow[] {
  const rows: OutageRow[] = [];
  for (let tick = below(120) - 40; tick < TICKS && rows.length < 8;) {
    const start = tick;
    const end = start + below(90);
    const lasts = below(12) === 0;
    const earliestEnd = Math.max(start, end - below(15));
    rows.push(
      outageRow({
        id: `${service.service}-${rows.length}`,
        cluster: service.cluster,
        namespace: service.namespace,
        service: service.service,
        service_uid: service.service_uid,
        kind: (['down', 'down', 'down', 'off', 'degraded', 'port'] as const)[below(6)] ?? 'down',
        blip: below(8) === 0 ? 1 : 0,
        planned: below(3) === 0 ? 1 : 0,
        cause: CAUSES[below(CAUSES.length)] ?? 'unknown',
        started_at: timeOf(start),
        started_earliest: timeOf(start - below(15)),
        started_latest: timeOf(start + below(15)),
        ended_at: lasts ? null : timeOf(end),
        ended_earliest: lasts ? null : timeOf(earliestEnd),
        ended_latest: lasts ? null : timeOf(end + below(15)),
        observed_at: timeOf(start),
      }),
    );
    if (lasts) break;
    tick = end + 1 + below(80);
  }
  return rows;
}

function makeWorld(): World {
  const below = numbers(20261025);
  const world: World = { services: [], outages: [], spans: [], windows: [] };
  for (let number = 0; number < CASES; number++) {
    const cluster = `c${number % CLUSTERS}`;
    const service = serviceRow({
      cluster,
      namespace: `n${below(3)}`,
      service: `s${number}`,
      type: below(5) === 0 ? 'Headless' : 'ClusterIP',
      first_seen_at: timeOf(-100),
      first_ready_at: below(20) === 0 ? null : timeOf(below(4) === 0 ? below(TICKS) : -50),
      deleted_at: below(4) === 0 ? timeOf(below(TICKS + 50)) : null,
    });
    world.services.push(service);
    world.outages.push(...outagesOf(service, below));
    if (below(5) === 0) {
      const start = below(TICKS);
      const wide = below(20) === 0;
      world.windows.push(
        maintenanceRow({
          id: `w${number}`,
          cluster: below(100) === 0 ? '' : cluster,
          namespace: wide ? '' : service.namespace,
          service: wide ? '' : service.service,
          from: timeOf(start),
          to: timeOf(start + 1 + below(60)),
        }),
      );
    }
  }
  for (let number = 0; number < 300; number++) {
    const start = below(TICKS + 100) - 100;
    world.spans.push(
      coverageRow({
        cluster: `c${below(CLUSTERS)}`,
        kind: WATCHED[below(WATCHED.length)] ?? 'pod',
        namespace: ['', 'n0', 'n1'][below(3)] ?? '',
        state: (['gap', 'unreadable', 'closed', 'watching', 'late'] as const)[below(5)] ?? 'gap',
        from: timeOf(start),
        to: below(10) === 0 ? null : timeOf(start + 1 + below(60)),
        version: number + 1,
      }),
    );
  }
  return world;
}

const tickOf = (time: string): number => (Date.parse(time) - BEGIN) / TICK_MS;
type Ticks = (tick: number) => boolean;
const within = (from: string, to: string | null): Ticks => {
  const [start, end] = [tickOf(from), to === null ? Infinity : tickOf(to)];
  return (tick) => tick >= start && tick < end;
};
const anyOf =
  (all: readonly Ticks[]): Ticks =>
  (tick) =>
    all.some((one) => one(tick));

/** The same figures, tick by tick. */
function oracle(service: ServiceRow, world: World, [from, to]: readonly [number, number]) {
  const own = world.outages.filter((row) => row.service_uid === service.service_uid);
  const down = own.filter((row) => row.kind === 'down' && row.blip === 0);
  const most = anyOf(down.map((row) => within(row.started_earliest, row.ended_latest)));
  const least = anyOf(down.map((row) => within(row.started_latest, row.ended_earliest)));
  const likely = anyOf(down.map((row) => within(row.started_at, row.ended_at)));
  const planned = anyOf(down.filter((row) => row.planned).map((row) => within(row.started_at, row.ended_at)));
  const offs = own.filter((row) => row.kind === 'off');
  const off = anyOf(offs.map((row) => within(row.started_at, row.ended_at)));
  const offAtMost = anyOf(offs.map((row) => within(row.started_earliest, row.ended_latest)));
  const offAtLeast = anyOf(offs.map((row) => within(row.started_latest, row.ended_earliest)));
  const degraded = anyOf(
    own.filter((row) => row.kind === 'degraded').map((row) => within(row.started_at, row.ended_at)),
  );
  const matches = (row: MaintenanceRow) =>
    (row.cluster === '' || row.cluster === service.cluster) &&
    (row.namespace === '' || row.namespace === service.namespace) &&
    (row.service === '' || row.service === service.service);
  const maintenance = anyOf(world.windows.filter(matches).map((row) => within(row.from, row.to)));
  const cutsOf = (kinds: readonly string[], states: readonly string[]) =>
    world.spans
      .filter((row) => row.cluster === service.cluster && ['', service.namespace].includes(row.namespace))
      .filter((row) => kinds.some((kind) => row.kind.startsWith(kind)) && states.includes(row.state))
      .map((row) => within(row.from, row.to));
  // The agent of c0 has been silent since HEARD; the others are heard to the end.
  const silent: Ticks = (tick) => service.cluster === 'c0' && tick >= HEARD;
  const unwatched = anyOf([
    silent,
    ...cutsOf(['service', 'endpointslice'], ['gap', 'unreadable', 'closed']),
    ...cutsOf(service.type === 'Headless' ? ['pod'] : [], ['gap', 'closed']),
  ]);
  const unasked = anyOf([
    silent,
    ...cutsOf(['pod', 'workload/deployments', 'workload/replicasets'], ['gap', 'closed']),
  ]);
  const unknown: Ticks = (tick) => unwatched(tick) || (unasked(tick) && (most(tick) || offAtMost(tick)));
  const worst: Ticks = (tick) => (most(tick) || unknown(tick)) && (unasked(tick) || !offAtLeast(tick));
  const best: Ticks = (tick) => least(tick) && !unknown(tick) && !off(tick);
  const lf = Math.max(from, service.first_ready_at === null ? Infinity : tickOf(service.first_ready_at));
  const lt = Math.min(to, service.deleted_at === null ? Infinity : tickOf(service.deleted_at));
  const count = (holds: Ticks) => {
    let ticks = 0;
    for (let tick = lf; tick < lt; tick++) if (holds(tick)) ticks++;
    return ticks * TICK_MS;
  };
  const out: Ticks = (tick) => off(tick) || maintenance(tick);
  const events = down.flatMap((row) => {
    const [start, end] = [tickOf(row.started_at), row.ended_at === null ? Infinity : tickOf(row.ended_at)];
    const touching: Ticks = (tick) => tick >= start && tick < Math.max(end, start + 1);
    const net = count((tick) => tick >= start && tick < end && !out(tick));
    if (count((tick) => touching(tick) && !out(tick)) === 0) return [];
    const ended = row.ended_at !== null && end >= from && end < to;
    return [{ cause: row.cause, net, ended, length: ended ? (end - start) * TICK_MS : 0 }];
  });
  const causes = CAUSES.flatMap((cause) => {
    const mine = events.filter((event) => event.cause === cause);
    return mine.length > 0 ? [[cause, mine.reduce((sum, event) => sum + event.net, 0), mine.length]] : [];
  });
  return {
    counted_ms: count((tick) => !out(tick)),
    counted_all_ms: count((tick) => !off(tick)),
    unknown_ms: count((tick) => unknown(tick) && !out(tick)),
    off_ms: count(off),
    maintenance_ms: count((tick) => maintenance(tick) && !off(tick)),
    worst_ms: count((tick) => worst(tick) && !maintenance(tick)),
    best_ms: count((tick) => best(tick) && !maintenance(tick)),
    likely_ms: count((tick) => likely(tick) && !out(tick)),
    planned_ms: count((tick) => planned(tick) && !out(tick)),
    worst_all_ms: count(worst),
    best_all_ms: count(best),
    worst_off_ms: count((tick) => worst(tick) && off(tick) && !maintenance(tick)),
    worst_all_off_ms: count((tick) => worst(tick) && off(tick)),
    degraded_ms: count((tick) => degraded(tick) && !out(tick)),
    outages: events.length,
    longest_ms: Math.max(0, ...events.map((event) => event.net)),
    ended: events.filter((event) => event.ended).length,
    ended_ms: events.reduce((sum, event) => sum + event.length, 0),
    causes: causes.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  };
}

let store: Store;
let remove: () => Promise<void>;
const world = makeWorld();

beforeAll(async () => {
  ({ store, remove } = await chdbStore());
  await store.insert(servicesTable, world.services, { token: 'services' });
  await store.insert(outagesTable, world.outages, { token: 'outages' });
  await store.insert(coverageTable, world.spans, { token: 'spans' });
  await store.insert(maintenanceTable, world.windows, { token: 'windows' });
  const beats = Array.from({ length: CLUSTERS }, (_, number) =>
    clusterRow({ cluster: `c${number}`, last_heartbeat_at: timeOf(number === 0 ? HEARD : TICKS) }),
  );
  await store.insert(clustersTable, beats, { token: 'beats' });
});
afterAll(() => remove());

/** Of each service by its name, the sums over each slice. */
async function sumsOf(slices: readonly Period[]): Promise<Map<string, (SlaSums | null)[]>> {
  const period = { from: Math.min(...slices.map(({ from }) => from)), to: Math.max(...slices.map(({ to }) => to)) };
  const histories = await readHistories(FULL_SCOPE, store, { choice: {}, period }, {});
  return new Map(histories.map(({ service, lives }) => [service.service, sumSlices(lives, slices)]));
}

it(`gives what is counted tick by tick, for ${CASES} services and every slice`, async () => {
  const slices = SLICES.map(([from, to]) => ({ from: BEGIN + from * TICK_MS, to: BEGIN + to * TICK_MS }));
  const found = await sumsOf(slices);
  const missing: string[] = [];
  let compared = 0;
  for (const service of world.services) {
    for (const [slice, bounds] of SLICES.entries()) {
      const wanted = oracle(service, world, bounds);
      const given = found.get(service.service)?.[slice];
      if (!given) {
        // Only where it did not live at all.
        if (wanted.counted_all_ms + wanted.off_ms > 0) missing.push(`${service.service} ${slice}`);
        continue;
      }
      expect(pick(given, wanted), `${service.service} ${slice}`).toEqual(wanted);
      compared++;
    }
  }
  expect(missing).toEqual([]);
  expect(compared).toBeGreaterThan(CASES * 3);
});

const pick = (sums: SlaSums, like: object) => {
  const causes = sums.causes.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(Object.keys(like).map((key) => [key, { ...sums, causes }[key as keyof SlaSums]]));
};

it('adds up what lies in the same life', async () => {
  const found = await sumsOf([{ from: BEGIN, to: BEGIN + TICKS * TICK_MS }]);
  const lived = [...found.values()].flat().filter((all) => all !== null);
  expect(lived.length).toBeGreaterThan(CASES / 2);
  expect(lived.some((all) => all.worst_off_ms > 0 && all.worst_all_off_ms > all.worst_off_ms)).toBe(true);
  for (const all of lived) {
    expect(all.best_ms).toBeLessThanOrEqual(all.worst_ms);
    expect(all.worst_ms).toBeLessThanOrEqual(all.counted_ms + all.worst_off_ms);
    expect(all.planned_ms).toBeLessThanOrEqual(all.likely_ms);
    expect(all.causes.reduce((sum, [, ms]) => sum + ms, 0)).toBe(all.likely_ms);
    expect(all.counted_ms + all.maintenance_ms).toBe(all.counted_all_ms);
  }
});
