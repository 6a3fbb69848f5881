import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { startKafka, type TestKafka } from '../../deploy/testkafka/test-kafka.ts';
import { until } from '../../deploy/testkube/test-kube.ts';
import { openClusters } from '../../cli/clusters.ts';
import { readConfig } from '../../cli/config.ts';
import { journalDir, openKafka } from '../../cli/journal.ts';
import { startRecorder, type Recorder } from '../../cli/recorder.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Store } from '../../platform/store/store.ts';
import { openTestStore } from '../../processors/journal/testing/open-test-store.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { startFolds, type Folding } from './backpressure/folded.ts';
import { startPodServer, type PodServer } from './backpressure/pod-server.ts';
import { podEvents } from './backpressure/pods.ts';

const CLUSTER = 'bound';
const BOUND = 24 * 1024 * 1024;
const PODS = 200;
const EVENTS = 10_000;

describe.skipIf(kafkaMissing())('a local log at its bound while Kafka is away', { timeout: 180_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-bound-'));
  const events = podEvents(EVENTS, PODS);
  const metrics = createMetrics();
  let kafka: TestKafka;
  let server: PodServer;
  let store: Store;
  let recorder: Recorder | undefined;
  let folds: Folding | undefined;
  let largest = 0;

  const counted = async (name: string, kind: string): Promise<number> => {
    const { values = [] } = (await metrics.registry.getSingleMetric(`tidemark_${name}`)?.get()) ?? {};
    return values.filter(({ labels }) => labels['kind'] === kind).reduce((sum, { value }) => sum + value, 0);
  };
  const query = <T>(sql: string): Promise<T[]> => store.query<T>(sql, { cluster: CLUSTER });
  const mine = 'WHERE cluster = {cluster:String}';

  beforeAll(async () => {
    kafka = await startKafka();
    await kafka.kill();
    server = await startPodServer(PODS, events, join(dir, 'kubeconfig'));
    store = await openTestStore(join(dir, 'store'));
  }, 180_000);
  afterAll(async () => {
    await recorder?.close();
    await folds?.close();
    await store?.close();
    await server?.close();
    await kafka?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('keeps to the bound, gives up only what a later list tells again, and says what gave way', async () => {
    const config = readConfig({
      TIDEMARK_DATA_DIR: join(dir, 'data'),
      TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(','),
      TIDEMARK_AGENT_LEASE: 'off',
      TIDEMARK_AGENT_LOCAL_LOG_MAX_BYTES: String(BOUND),
    });
    const parts = { config, clock: realClock, log: silentLogger, metrics };
    const folder = join(journalDir(config), journalTopic(CLUSTER));
    const measure = () => {
      const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
        (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
      );
      largest = Math.max(
        largest,
        sizes.reduce((sum, size) => sum + size, 0),
      );
    };
    recorder = await startRecorder({
      ...parts,
      clusters: openClusters([{ kubeconfig: server.kubeconfig, name: CLUSTER }]),
    });
    const statusOf = () => recorder?.status()[0]?.agent;
    await until('all events in the local log', async () => {
      measure();
      const changes = statusOf()?.counters['changes'] ?? 0;
      return changes >= PODS + EVENTS && statusOf()?.queuedBytes === 0;
    });
    const recoverable = await counted('local_log_dropped_total', 'recoverable');
    expect(recoverable).toBeGreaterThan(1_000);

    const seq = statusOf()?.counters['entries'] ?? 0;
    await kafka.restart();
    const bus = openKafka(parts);
    folds = await startFolds(bus, store);
    // Once there is room again, every object is told again: what gave way is whole from then on.
    const heartbeat = async () =>
      (await query<{ seq: number; holes: number }>(`SELECT seq, holes FROM clusters ${mine}`))[0];
    const seen = await until(
      'everything that was written by then in the store, every pod told again, and a heartbeat',
      async () => {
        measure();
        const last = await heartbeat();
        const [again] = await query<{ pods: number }>(
          `SELECT uniqExact(uid) AS pods FROM journal ${mine} AND op = 'list' AND seq > ${seq}`,
        );
        const allFolded = last && (folds?.position() ?? -1) >= last.seq - last.holes - 1;
        return allFolded && last.seq > seq && again?.pods === PODS ? last : undefined;
      },
    );

    // Always within the bound, and nothing that is told only once gave way.
    expect(largest).toBeLessThanOrEqual(BOUND);
    expect(await counted('local_log_dropped_total', 'irrecoverable')).toBe(0);
    const arrived = await query<{ version: string }>(
      `SELECT DISTINCT resource_version AS version FROM journal ${mine} AND kind = 'pod'`,
    );
    const versions = new Set(arrived.map(({ version }) => version));
    const missing = events.filter((event) => event.lasting && !versions.has(String(event.version)));
    expect(missing.map(({ version }) => version)).toEqual([]);

    // What gave way is counted to the entry: the numbers are without a hole but for these.
    const gone = await counted('local_log_dropped_total', 'recoverable');
    const [journal] = await query<{ rows: number; entries: number }>(
      `SELECT count() AS rows, uniqExact(epoch, seq) AS entries FROM journal ${mine} AND seq <= ${seq}`,
    );
    expect(journal).toEqual({ rows: seq - gone, entries: seq - gone });
    const [deaths] = await query<{ deaths: number }>(
      `SELECT count() AS deaths FROM exceptions ${mine} AND type = 'death'`,
    );
    expect(deaths?.deaths).toBe(EVENTS / 20);

    // The coverage says so, in the agent's words and in the processors', and ends in a journal that is watched.
    const spans = await query<{ state: string; reason: string; from: string; to: string | null }>(
      `SELECT state, reason, \`from\`, \`to\` FROM coverage ${mine} AND kind = 'journal' ORDER BY \`from\``,
    );
    const gaps = spans.filter(({ state }) => state === 'gap');
    const told = gaps.map(({ reason }) => Number(/: (\d+) entries gave way unread/.exec(reason)?.[1] ?? 0));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(gone);
    expect(seen.holes).toBe(gone);
    const byHoles = gaps.filter(({ reason }) => reason.includes('entries missing')).length;
    expect(byHoles).toBeGreaterThan(0);
    const last = spans.filter(({ to }) => to === null);
    expect(last.at(-1)?.state).toBe('watching');
    process.stdout.write(
      `bound: ${seq} entries written, ${gone} gave way, largest ${largest} of ${BOUND} bytes, ` +
        `${gaps.length - byHoles} gaps told by the agent, ${byHoles} by the processors\n`,
    );
  });
});
