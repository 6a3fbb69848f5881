import { expect, it } from 'vitest';
import type { CoverageSpan } from '../../schemas/api/clusters.ts';
import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import { get, rowsOf, type FoundRow } from './rows.ts';
import { CLUSTER, type Topology } from './topology.ts';
import type { Road } from './walk.ts';

const SETTLE_MS = 120_000;

/** What dies on while nobody watches, and what goes. */
export interface Downtime<C extends TestCluster> {
  readonly namespace: string;
  /** Creates the pods and comes back when they are as the agent shall see them last. */
  before(cluster: C): Promise<void>;
  /** Restarts and deletions; comes back when nothing changes any more. */
  meanwhile(cluster: C): Promise<void>;
  /** Pods that are there before and not after. */
  readonly vanished: number;
  /** A part of the log of a pod's instance. */
  log(pod: string, ordinal: number): string;
}

async function restartsOf(cluster: TestCluster, namespace: string): Promise<Map<string, number>> {
  const path = '{range .items[*]}{.metadata.name}={.status.containerStatuses[0].restartCount}{"\\n"}{end}';
  const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', `jsonpath=${path}`]);
  const pairs = text.split('\n').filter((line) => line !== '');
  return new Map(pairs.map((line) => [line.slice(0, line.indexOf('=')), Number(line.slice(line.indexOf('=') + 1))]));
}

/** Waits until each pod has as many deaths as its restartCount, none of them with its log still to come. */
async function settledDeaths({ url }: Topology, namespace: string, restarts: ReadonlyMap<string, number>) {
  let rows: FoundRow[] = [];
  const all = async () => {
    rows = (await rowsOf(url, namespace)).filter(({ type }) => type === 'death');
    const count = (name: string) => rows.filter(({ pod }) => pod === name).length;
    return (
      [...restarts].every(([pod, deaths]) => count(pod) >= deaths) && rows.every((row) => row.log_status !== 'pending')
    );
  };
  await until('every death', all, SETTLE_MS).catch(() => undefined);
  return rows;
}

interface Absence {
  readonly stopping: number;
  readonly stopped: number;
  readonly starting: number;
}

async function podGap({ url }: Topology, { stopping }: Absence): Promise<CoverageSpan> {
  return until('the gap of the pods', async () => {
    const { items } = await get<{ items: CoverageSpan[] }>(
      `${url}/api/v1/coverage?cluster=${CLUSTER}&kind=pod&limit=500`,
    );
    return items.findLast(({ state, to }) => state === 'gap' && to !== null && Date.parse(to) > stopping);
  });
}

/**
 * The agents are away while pods die and go. Afterwards every restart is accounted for, once; the last of each pod has its
 * log, those before it that nobody saw say that their details are unknown; what went is counted as vanished in the gap.
 */
export function itAccountsForDowntime<C extends TestCluster>(road: () => Road<C>, downtime: Downtime<C>): void {
  const { namespace } = downtime;
  it('accounts for what happened while the agent was away', async () => {
    const { cluster, topologies } = road();
    await cluster.kubectl(['create', 'namespace', namespace]);
    await downtime.before(cluster);
    const before = await restartsOf(cluster, namespace);
    for (const topology of topologies) expect(await settledDeaths(topology, namespace, before)).not.toEqual([]);

    const stopping = Date.now();
    for (const topology of topologies) await topology.stopAgent();
    const stopped = Date.now();
    await downtime.meanwhile(cluster);
    const restarts = await restartsOf(cluster, namespace);
    const starting = Date.now();
    for (const topology of topologies) await topology.startAgent();

    expect(before.size - restarts.size).toBe(downtime.vanished);
    for (const topology of topologies) {
      checkDeaths(await settledDeaths(topology, namespace, restarts), { before, restarts, log: downtime.log });
      const gap = await podGap(topology, { stopping, stopped, starting });
      expect([topology.name, gap.vanished]).toEqual([topology.name, downtime.vanished]);
      expect(Date.parse(gap.from)).toBeGreaterThanOrEqual(stopping);
      expect(Date.parse(gap.from)).toBeLessThanOrEqual(stopped);
      expect(Date.parse(gap.to ?? '')).toBeGreaterThanOrEqual(starting);
    }
  });
}

/** Exactly one row for each ordinal below restartCount; the unseen ones say so, all others have their own log. */
function checkDeaths(
  rows: readonly FoundRow[],
  {
    before,
    restarts,
    log,
  }: { before: ReadonlyMap<string, number>; restarts: ReadonlyMap<string, number> } & Pick<
    Downtime<TestCluster>,
    'log'
  >,
): void {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const [pod, count] of restarts) {
    const deaths = rows.filter((row) => row.pod === pod).toSorted((one, other) => one.ordinal - other.ordinal);
    const seen = before.get(pod) ?? 0;
    const facts = deaths.map((row) => ({
      ordinal: row.ordinal,
      known: row.reason !== 'Unknown',
      log: row.log_status,
      own: row.log.includes(log(pod, row.ordinal)),
    }));
    const expected = Array.from({ length: count }, (_, ordinal) => {
      const known = ordinal < seen || ordinal === count - 1;
      return { ordinal, known, log: known ? 'caught' : 'gone', own: known };
    });
    expect({ pod, facts }).toEqual({ pod, facts: expected });
  }
}
