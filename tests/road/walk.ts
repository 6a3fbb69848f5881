import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { startKafka } from '../../deploy/testkafka/test-kafka.ts';
import { until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import { describeWithCluster, type Availability } from '../../deploy/testkube/testkube-binary.ts';
import { compareRows, rowsOf, type FoundRow } from './rows.ts';
import type { Scenario } from './scenarios.ts';
import { distributed, embedded, type Topology } from './topology.ts';

/** From when the last scenario has been played; one that fails does not cost the next ones their time. */
const DEADLINE_MS = 120_000;
const LEAST_MS = 2_000;
/** A kubelet's back-offs are among what is played. */
const PLAYED_WITHIN_MS = 600_000;
const namespaceOf = (index: number): string => `road-${index}`;

/** A cluster, and the Tidemarks that watch it at once. */
export interface Road<C extends TestCluster> {
  readonly cluster: C;
  readonly topologies: readonly Topology[];
}

export interface RoadOptions<C extends TestCluster> {
  start(): Promise<C>;
  readonly scenarios: readonly Scenario[];
  /** Runs beside the scenarios, from before the first to after the last test; answers how to end it. */
  beside?(cluster: C): Promise<() => Promise<void>>;
  /** Declares further tests on the same road; they run after the scenarios. */
  more?(road: () => Road<C>): void;
}

type Ends = (() => Promise<void>)[];

/**
 * Every scenario played once on one cluster, watched by two Tidemarks at once: one in this process, one as separate
 * processes over Kafka and a ClickHouse URL. Both must come to the same rows. Without Kafka only the first walks.
 */
export function describeRoad<C extends TestCluster>(
  availability: Availability,
  name: string,
  options: RoadOptions<C>,
): void {
  const both = availability.available && !kafkaMissing();
  const { scenarios } = options;
  describeWithCluster(availability, name, () => {
    const ends: Ends = [];
    let laid: Road<C> | undefined;
    let deadline = 0;
    const road = (): Road<C> => {
      if (!laid) throw new Error('the road has not been laid');
      return laid;
    };

    beforeAll(async () => {
      laid = await layRoad(options, both, ends);
      await Promise.all(scenarios.map((scenario, index) => play(road(), scenario, namespaceOf(index))));
      deadline = Date.now() + DEADLINE_MS;
    }, PLAYED_WITHIN_MS);
    afterAll(() => endAll(ends));

    const ways = both ? ['embedded', 'distributed'] : ['embedded'];
    describe.each(ways.map((way, which) => ({ way, which })))('$way', ({ which }) => {
      it.each(scenarios.map((scenario, index) => ({ ...scenario, index })))('$name', async ({ rows, index }) => {
        const { url = '' } = road().topologies[which] ?? {};
        let problems: string[] = [];
        const settled = async () => {
          problems = compareRows(rows, await rowsOf(url, namespaceOf(index)));
          return problems.length === 0;
        };
        const patience = Math.max(LEAST_MS, deadline - Date.now());
        await until('the expected rows', settled, patience).catch(() => undefined);
        expect(problems).toEqual([]);
      });
    });

    it.skipIf(!both)('comes to the same rows both ways', async () => {
      const [one = [], other = []] = await Promise.all(
        road().topologies.map((way) => verdictsOf(way, scenarios.length)),
      );
      expect(one.length).toBeGreaterThan(scenarios.length);
      expect(one).toEqual(other);
    });

    options.more?.(road);
  });
}

async function layRoad<C extends TestCluster>(options: RoadOptions<C>, both: boolean, ends: Ends): Promise<Road<C>> {
  const cluster = await options.start();
  ends.push(() => cluster.stop());
  const topologies: Topology[] = [];
  const add = (topology: Topology) => {
    topologies.push(topology);
    ends.push(() => topology.close());
  };
  add(await embedded(cluster.kubeconfig));
  if (both) {
    const kafka = await startKafka();
    ends.push(() => kafka.stop());
    add(await distributed(cluster.kubeconfig, kafka.brokers));
  }
  for (const topology of topologies) await topology.startAgent();
  const end = await options.beside?.(cluster);
  if (end) ends.push(end);
  return { cluster, topologies };
}

/** Ends everything, last begun first; one that fails to end does not keep the others. */
export async function endAll(ends: Ends): Promise<void> {
  const errors: unknown[] = [];
  for (const end of ends.toReversed()) await end().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, 'not all could be ended');
}

async function play({ cluster, topologies }: Road<TestCluster>, scenario: Scenario, namespace: string): Promise<void> {
  const recorded = async () => {
    const rows = await Promise.all(topologies.map(({ url }) => rowsOf(url, namespace)));
    return Math.min(...rows.map((each) => each.filter(isDeathWithFate).length));
  };
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], scenario.manifest);
  await scenario.act?.(cluster, namespace, recorded);
}

const isDeathWithFate = ({ type, log_status }: FoundRow): boolean => type === 'death' && log_status !== 'pending';

async function verdictsOf({ url }: Topology, namespaces: number): Promise<string[]> {
  const rows = await Promise.all(Array.from({ length: namespaces }, (_, index) => rowsOf(url, namespaceOf(index))));
  return rows
    .flat()
    .map(({ id, type, reason, verdict, rule }) => [id, type, reason, verdict, rule].join(' '))
    .toSorted();
}
