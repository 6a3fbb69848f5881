import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSimServer } from '../../demo/server.ts';
import { createSimCluster } from '../../demo/cluster/sim-cluster.ts';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { until } from '../../deploy/testkube/test-kube.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { valuesOf } from '../bad-input/journal-file.ts';
import { freePort, startChild, type Child } from '../road/child.ts';
import { entriesOf, gapsOf, openRuntimeSite, wholeIs, wholeOf, type RuntimeSite } from './process/runtime-site.ts';
import { startStoreProxy, type Refusal, type StoreProxy } from './process/store-proxy.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'schemas', 'clickhouse');

const REFUSALS: readonly (readonly [says: string, refusal: Refusal])[] = [
  [
    'too many parts',
    { status: 500, code: 252, body: 'Code: 252. DB::Exception: Too many parts (300). (TOO_MANY_PARTS) (version 25.8)' },
  ],
  [
    'no memory',
    { status: 500, code: 241, body: 'Code: 241. DB::Exception: memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)' },
  ],
  ['500 without a word', { status: 500, body: '' }],
  ['503 of a gateway', { status: 503, body: '<html><body>503 Service Unavailable</body></html>' }],
  ['429 of a gateway', { status: 429, body: 'slow down' }],
];

describe.skipIf(kafkaMissing())('what is refused', () => {
  let site: RuntimeSite;
  beforeAll(async () => {
    site = await openRuntimeSite();
  });
  afterAll(() => site?.close());
  afterEach(() => site.endReaders());

  describe('by the store for a while', () => {
    let dir: string;
    let server: Child;
    let proxy: StoreProxy;
    let store: Store;

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'tidemark-refusals-'));
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const env = { TIDEMARK_DATA_DIR: dir, TIDEMARK_STORE_PORT: String(port) };
      server = await startChild('store', { args: ['store'], env, dir, url: `${url}/ping` });
      proxy = await startStoreProxy(url);
      // Few and short tries, so that the runtime's own are reached.
      const limits = { insertAttempts: 2, backoffMs: 50 };
      store = createStore({ target: { url: proxy.url }, log: silentLogger, metrics: createMetrics(), limits });
      await migrate(store, { dir: MIGRATIONS }, silentLogger);
    });
    afterAll(async () => {
      await store?.close();
      await proxy?.close();
      await server?.end();
      rmSync(dir, { recursive: true, force: true });
    });

    it('the reader says so, and every entry comes once it is over', async () => {
      const cluster = 'refused';
      const topic = journalTopic(cluster);
      let written = 0;
      const publish = async (count: number) => {
        await site.publish(topic, entriesOf(written + 1, written + count));
        written += count;
      };
      await publish(50);
      const { processor } = site.start({ topics: [topic], store });
      const folded = () =>
        until('all of it folded', async () => {
          const progress = processor.status()[0]?.progress;
          return progress?.failing === null && progress.position === written - 1 && progress.lag === 0;
        });
      await folded();
      for (const [says, refusal] of REFUSALS) {
        proxy.refusal = refusal;
        try {
          await publish(100);
          await until(`the reader to say: ${says}`, async () => {
            const progress = processor.status()[0]?.progress;
            return progress?.failing !== null && progress?.lag === 100;
          });
        } finally {
          proxy.refusal = null;
        }
        await publish(50);
        await folded();
      }
      expect(proxy.refused()).toBeGreaterThanOrEqual(2 * REFUSALS.length);
      expect(await wholeOf(store, cluster)).toEqual({ rows: written, entries: written, counted: written });
      expect(await gapsOf(store, cluster)).toEqual([]);
    });
  });

  it('a topic of two partitions is refused by its readers with what to do, and the others are read on', async () => {
    const [bad, good] = ['two-partitions', 'one-partition'];
    const topics = [journalTopic(bad), journalTopic(good)];
    const wanted = { topic: journalTopic(bad), numPartitions: 2 };
    await site.admin((admin) => admin.createTopics({ topics: [wanted], waitForLeaders: true }));
    await site.publish(journalTopic(good), entriesOf(1, 50));
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const { metrics, processor } = site.start({ topics, log });
    await wholeIs(site.store, good, 50);
    expect(lines.join('')).toContain(
      `${journalTopic(bad)} has 2 partitions: a journal's order needs exactly one; make the topic anew with one`,
    );
    const gauge = () => metrics.registry.getSingleMetricAsString('tidemark_journal_topics_refused');
    expect(await gauge()).toContain('{group="journal"} 1');
    expect(processor.trouble()).toMatchObject({ lasting: true, reason: expect.stringContaining(journalTopic(bad)) });
    await site.admin((admin) => admin.deleteTopics({ topics: [journalTopic(bad)] }));
    await until('the topic made anew', () =>
      site.publish(journalTopic(bad), entriesOf(1, 20)).then(
        () => true,
        () => false,
      ),
    );
    await wholeIs(site.store, bad, 20);
    expect(await gauge()).toContain('{group="journal"} 0');
    expect(processor.trouble()).toBe(null);
  });

  it('a topic of two partitions is not written to: the agent says what to do, and records on', async () => {
    const cluster = 'agent-of-two';
    const topic = journalTopic(cluster);
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-two-'));
    const sim = createSimCluster({ name: cluster, seed: 'two', clock: realClock, share: 0, nodes: 1 });
    sim.start();
    const server = await startSimServer(sim);
    const kubeconfig = join(dir, 'kubeconfig.yaml');
    writeFileSync(kubeconfig, server.kubeconfig);
    await site.admin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true }));
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const env = {
      TIDEMARK_DATA_DIR: dir,
      TIDEMARK_KAFKA_BROKERS: site.kafka.brokers.join(','),
      TIDEMARK_AGENT_LEASE: 'off',
      TIDEMARK_AGENT_METRICS_PORT: String(port),
    };
    const args = ['agent', '--kubeconfig', kubeconfig, '--cluster', cluster];
    const agent = await startChild('agent', { args, env, dir, url: `${base}/metrics` });
    try {
      const health = () => fetch(`${base}/healthz`).then((answer) => answer.text());
      await until('the refusal', async () => (await health()).includes('nothing is shipped'));
      expect(await health()).toContain('make the topic anew with one');
      await until('what is recorded', async () =>
        valuesOf(dir, topic).some((value) => value.includes('"kind":"node"')),
      );
      const offsets = await site.admin((admin) => admin.fetchTopicOffsets(topic));
      expect(offsets.map(({ offset }) => offset)).toEqual(['0', '0']);
      await site.admin((admin) => admin.deleteTopics({ topics: [topic] }));
      await until('the shipping', async () => (await health()) === 'ok\n');
      const shipped = () => site.admin((admin) => admin.fetchTopicOffsets(topic));
      await until('the entries', async () => (await shipped()).some(({ offset }) => Number(offset) > 0));
      expect(agent.exited()).toBe(false);
    } finally {
      await agent.end();
      await server.close();
      sim.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
