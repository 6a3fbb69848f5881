import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import type { AgentSays } from './backpressure/agent-child.ts';
import type { FoldsSay } from './backpressure/folds-child.ts';
import { inMib } from './backpressure/measured.ts';
import { startPodServer, type PodServer } from './backpressure/pod-server.ts';
import { podEvents } from './backpressure/pods.ts';

const MIB = 1024 * 1024;
const CLUSTER = 'burst';
const PODS = 2_000;
const EVENTS = 50_000;
const QUEUE = 32 * MIB;

/** A child that runs within a heap of so many MiB: V8 ends it when what is alive takes more. */
function startHeapChild<T>(file: string, args: readonly string[], heapMib: number) {
  const child: ChildProcess = fork(join(import.meta.dirname, 'backpressure', file), args, {
    execArgv: [`--max-old-space-size=${heapMib}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let said: T | undefined;
  child.on('message', (message) => (said = message as T));
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  return {
    child,
    /** The last thing it said; throws once it is gone. */
    said(): T | undefined {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} ended within ${heapMib} MiB`);
      return said;
    },
    async end() {
      if (child.exitCode === null && child.signalCode === null) {
        child.send('stop');
        await ended;
      }
    },
  };
}

describe(`a burst of ${EVENTS} pod updates`, { timeout: 180_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-burst-'));
  const events = podEvents(EVENTS, PODS);
  const topic = journalTopic(CLUSTER);
  let server: PodServer;
  let storeChild: Child;
  let store: Store;
  let url: string;

  beforeAll(async () => {
    server = await startPodServer(PODS, events, join(dir, 'kubeconfig'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const env = { TIDEMARK_DATA_DIR: join(dir, 'store'), TIDEMARK_STORE_PORT: String(port) };
    storeChild = await startChild('store', { args: ['store'], env, dir, url: `${url}/ping` });
    store = createStore({ target: { url }, log: silentLogger, metrics: createMetrics() });
    await migrate(store, { dir: join(import.meta.dirname, '../../schemas/clickhouse') }, silentLogger);
  });
  afterAll(async () => {
    await store?.close();
    await storeChild?.end();
    await server?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('waits in the API server when the disk stands still: the agent keeps to its bound, and loses none', async () => {
    const agent = startHeapChild<AgentSays>('agent-child.ts', [server.kubeconfig, dir, topic], 128);
    await until('a full queue', async () => (agent.said()?.queuedBytes ?? 0) >= QUEUE);
    // The disk stands still for another while: whatever else could pile up has the time to.
    await realClock.sleep(2_000);
    const held = agent.said();
    expect(held?.queuedBytes).toBeLessThan(QUEUE + 4 * MIB);
    expect(held?.changes).toBeLessThan(EVENTS / 2);
    expect(server.taken()).toBeLessThan(EVENTS * 0.75);
    agent.child.send('go');
    const { peak } = await until(
      'every update on disk',
      async () => {
        const said = agent.said();
        return said && said.changes >= PODS + EVENTS && said.queuedBytes === 0 ? said : undefined;
      },
      150_000,
    );
    await agent.end();

    const versions = new Set<string>();
    const values = valuesOf(dir, topic);
    for (const value of values) {
      const { kind, resource_version: version } = JSON.parse(value) as { kind: string; resource_version: string };
      if (kind === 'pod') versions.add(version);
    }
    expect(versions.size).toBe(PODS + EVENTS);
    expect(peak.external).toBeLessThan(48 * MIB);
    process.stdout.write(
      `burst: agent at most ${inMib(peak.heapUsed)} of heap, ${inMib(peak.external)} beside it, ${inMib(peak.rss)} in all\n`,
    );
  });

  it('is folded into a slow store within the bound of the processors, each entry once', async () => {
    const count = valuesOf(dir, topic).length;
    const folds = startHeapChild<FoldsSay>('folds-child.ts', [join(dir, 'journal'), url], 256);
    await until('every entry folded', async () => (folds.said()?.position ?? -1) >= count - 1, 150_000);
    const { peak } = folds.said() as FoldsSay;
    await folds.end();
    const [rows] = await store.query<{ rows: number; entries: number }>(
      'SELECT count() AS rows, uniqExact(epoch, seq) AS entries FROM journal WHERE cluster = {cluster:String}',
      { cluster: CLUSTER },
    );
    expect(rows).toEqual({ rows: count, entries: count });
    process.stdout.write(
      `burst: folds at most ${inMib(peak.heapUsed)} of heap, ${inMib(peak.external)} beside it, ${inMib(peak.rss)} in all\n`,
    );
  });
});
