import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaAvailable } from '../../deploy/testkafka/kafka-jars.ts';
import { startKafka, type TestKafka } from '../../deploy/testkafka/test-kafka.ts';
import { startRealCluster, until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import { describeWithCluster, realAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { compareRows, rowsOf } from './rows.ts';
import { REAL_SCENARIOS } from './scenarios.ts';
import { distributed, embedded, type Topology } from './topology.ts';

const DEADLINE_MS = 150_000;
const namespaceOf = (index: number): string => `road-${index}`;

/**
 * A real kubelet fails in every way that the product names, watched by two Tidemarks at once: one in this process, one as
 * separate processes over Kafka and a ClickHouse URL. Both must come to the same rows.
 */
describeWithCluster(realAvailable(), 'the road on a real node', () => {
  let cluster: TestCluster;
  let kafka: TestKafka;
  const topologies: Topology[] = [];

  beforeAll(async () => {
    cluster = await startRealCluster();
    if (!kafkaAvailable().available) throw new Error(kafkaAvailable().reason);
    kafka = await startKafka();
    topologies.push(await embedded(cluster.kubeconfig), await distributed(cluster.kubeconfig, kafka.brokers));
    for (const topology of topologies) await topology.startAgent();
    await Promise.all(
      REAL_SCENARIOS.map(async (scenario, index) => {
        const namespace = namespaceOf(index);
        await cluster.kubectl(['create', 'namespace', namespace]);
        await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], scenario.manifest);
        await scenario.act?.(cluster, namespace);
      }),
    );
  });
  afterAll(async () => {
    for (const topology of topologies) await topology.close();
    await kafka?.stop();
    await cluster?.stop();
  });

  describe.each([0, 1])('%#', (which) => {
    it.each(REAL_SCENARIOS.map((scenario, index) => ({ ...scenario, index })))('$name', async ({ rows, index }) => {
      const { url } = topologies[which] ?? { url: '' };
      let problems: string[] = [];
      const settled = async () => {
        problems = compareRows(rows, await rowsOf(url, namespaceOf(index)));
        return problems.length === 0;
      };
      await until('the expected rows', settled, DEADLINE_MS).catch(() => undefined);
      expect(problems).toEqual([]);
    });
  });

  it('comes to the same rows both ways', async () => {
    const [one = [], other = []] = await Promise.all(
      topologies.map(async ({ url }) => {
        const rows = await Promise.all(REAL_SCENARIOS.map((_, index) => rowsOf(url, namespaceOf(index))));
        return rows.flat().map(({ id, type, reason, verdict, rule }) => [id, type, reason, verdict, rule].join(' '));
      }),
    );
    expect(one.length).toBeGreaterThan(REAL_SCENARIOS.length);
    expect(one.toSorted()).toEqual(other.toSorted());
  });
});
