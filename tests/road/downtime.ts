import { expect, it } from 'vitest';
import type { CoverageSpan } from '../../schemas/api/clusters.ts';
import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import { get, rowsOf, type FoundRow } from './rows.ts';
import { CLUSTER, type Topology } from './topology.ts';
import type { Road } from './walk.ts';

const SETTLE_MS = 120_000;
/** Several waits in a row, on a machine that has other work. */
const LIMIT_MS = 400_000;

/** What dies on while nobody watches, and what goes. */
export interface Downtime<C extends TestCluster> {
  /** Creates the pods and comes back when they are as the agent shall see them last. */
  before(cluster: C, namespace: string): Promise<void>;
  /** Restarts and deletions; comes back when nothing changes any more. */
  meanwhile(cluster: C, namespace: string): Promise<void>;
  /** Pods that are there before and not after. */
  readonly vanished: number;
  /** A part of the log of a pod's instance. */
  log(pod: string, ordinal: number): string;
}

/** Restart counts by pod of a namespace whose pods have one container. */
export async function restartsOf(cluster: TestCluster, namespace: string): Promise<Map<string, number>> {
  const path = '{range .items[*]}{.metadata.name}={.status.containerStatuses[0].restartCount}{"\\n"}{end}';
  const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', `jsonpath=${path}`]);
  const pairs = text.split('\n').filter((line) => line !== '');
  return new Map(pairs.map((line) => [line.slice(0, line.indexOf('=')), Number(line.slice(line.indexOf('=') + 1))]));
}

/** Waits until each pod has as many deaths as its restartCount, none of them with its log still to come. */
export async function settledDeaths({ url }: Topology, namespace: string, restarts: ReadonlyMap<string, number>) {
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

/** What the coverage of the pods says of the absence. */
async function podSpan({ url }: Topology, { stopping }: Absence, state: CoverageSpan['state']): Promise<CoverageSpan> {
  return until(`the ${state} span of the pods`, async () => {
    const { items } = await get<{ items: CoverageSpan[] }>(
      `${url}/api/v1/coverage?cluster=${CLUSTER}&kind=pod&limit=500`,
    );
    return items.findLast((span) => span.state === state && span.to !== null && Date.parse(span.to) > stopping);
  });
}

/**
 * The agents are away while pods die and go. While the server still has the history every death is told as it happened, late.
 * Where the history is gone, every restart is accounted for, once: the last of each pod has its log, those before it that nobody
 * saw say that their details are unknown, and what went is counted as vanished in the gap.
 */
export function itAccountsForDowntime<C extends TestCluster>(road: () => Road<C>, downtime: Downtime<C>): void {
  it.each([
    { history: 'kept', state: 'late' },
    { history: 'lost', state: 'gap' },
  ] as const)(
    'accounts for what happened while the agent was away, the history $history',
    async ({ history, state }) => {
      const { cluster, topologies } = road();
      const namespace = `away-${history}`;
      await cluster.kubectl(['create', 'namespace', namespace]);
      await downtime.before(cluster, namespace);
      const before = await restartsOf(cluster, namespace);
      for (const topology of topologies) expect(await settledDeaths(topology, namespace, before)).not.toEqual([]);

      const stopping = Date.now();
      for (const topology of topologies) await topology.stopAgent();
      const stopped = Date.now();
      await downtime.meanwhile(cluster, namespace);
      const restarts = await restartsOf(cluster, namespace);
      if (history === 'lost') await cluster.forgetHistory();
      const starting = Date.now();
      for (const topology of topologies) await topology.startAgent();

      expect(before.size - restarts.size).toBe(downtime.vanished);
      for (const topology of topologies) {
        const rows = await settledDeaths(topology, namespace, restarts);
        checkDeaths(rows, { before, restarts, history, log: downtime.log });
        const span = await podSpan(topology, { stopping, stopped, starting }, state);
        const vanished = history === 'lost' ? downtime.vanished : 0;
        expect([topology.name, span.vanished]).toEqual([topology.name, vanished]);
        expect(Date.parse(span.from)).toBeGreaterThanOrEqual(stopping);
        expect(Date.parse(span.from)).toBeLessThanOrEqual(stopped);
        expect(Date.parse(span.to ?? '')).toBeGreaterThanOrEqual(starting);
      }
    },
    LIMIT_MS,
  );
}

interface Expected extends Pick<Downtime<TestCluster>, 'log'> {
  readonly before: ReadonlyMap<string, number>;
  readonly restarts: ReadonlyMap<string, number>;
  readonly history: 'kept' | 'lost';
}

/** Exactly one row for each ordinal below restartCount; the kubelet keeps one dead instance's log, so those between have none. */
function checkDeaths(rows: readonly FoundRow[], { before, restarts, history, log }: Expected): void {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const [pod, count] of restarts) {
    const deaths = rows.filter((row) => row.pod === pod).toSorted((one, other) => one.ordinal - other.ordinal);
    const seen = before.get(pod) ?? 0;
    const facts = deaths.map((row) => ({
      ordinal: row.ordinal,
      known: row.reason !== 'Unknown',
      log: row.log_status === 'gone' || row.log_status === 'mismatch' ? 'none' : row.log_status,
      own: row.log.includes(log(pod, row.ordinal)),
    }));
    const expected = Array.from({ length: count }, (_, ordinal) => {
      const caught = ordinal < seen || ordinal === count - 1;
      return { ordinal, known: caught || history === 'kept', log: caught ? 'caught' : 'none', own: caught };
    });
    expect({ pod, facts }).toEqual({ pod, facts: expected });
  }
}
