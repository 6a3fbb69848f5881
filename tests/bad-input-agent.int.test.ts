import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { journalTopic } from '../schemas/topics.ts';
import { kafkaMissing } from '../deploy/testkafka/kafka-gate.ts';
import { startKafka } from '../deploy/testkafka/test-kafka.ts';
import { until } from '../deploy/testkube/test-kube.ts';
import { valuesOf } from './bad-input/journal-file.ts';
import { createRawKube, deadPod, type RawKube } from './bad-input/raw-kube.ts';
import { fillDisk, mountSmallDisk, unmount } from './faults/process/small-disk.ts';
import { freePort, startChild, type Child } from './road/child.ts';

const CLUSTER = 'odd';
const root = mkdtempSync(join(tmpdir(), 'tidemark-agent-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let dir: string;
let kube: RawKube;
let agent: Child | undefined;
let base: string;

beforeEach(async () => {
  dir = mkdtempSync(join(root, 'run-'));
  kube = createRawKube(CLUSTER, await freePort());
  writeFileSync(join(dir, 'kubeconfig'), kube.kubeconfig);
});

afterEach(async () => {
  await agent?.end();
  await kube.close();
});

async function startAgent(dataDir: string, env: Record<string, string> = {}): Promise<Child> {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  agent = await startChild('agent', {
    args: ['agent', '--kubeconfig', join(dir, 'kubeconfig')],
    env: { TIDEMARK_DATA_DIR: dataDir, TIDEMARK_AGENT_METRICS_PORT: String(port), TIDEMARK_AGENT_LEASE: 'off', ...env },
    dir,
    url: `${base}/metrics`,
  });
  return agent;
}

/** What /healthz says, its status before it. */
async function health(): Promise<string> {
  const response = await fetch(`${base}/healthz`);
  return `${response.status} ${(await response.text()).trim()}`;
}

const healthSays = (words: string) => until(words, async () => (await health()).includes(words));

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`tidemark_${name}{`));
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const recorded = (dataDir: string, pod: string): boolean =>
  valuesOf(dataDir, journalTopic(CLUSTER)).some((value) => value.includes('"kind":"pod"') && value.includes(pod));

describe('an agent', () => {
  test('whose API server is away says so, and is well once it has listed', async () => {
    await startAgent(join(dir, 'data'));
    await healthSays('503 odd: the pods have not been listed yet');
    expect(readFileSync(agent?.logFile ?? '', 'utf8')).toContain('cannot be reached: ECONNREFUSED');
    await kube.listen();
    await healthSays('200 ok');
  });

  test('that may not read pods says so', async () => {
    kube.denied.add('pods');
    await kube.listen();
    await startAgent(join(dir, 'data'));
    await healthSays('503 odd: pods may not be read: HTTP 403 Forbidden: pods is forbidden');
    expect(agent?.exited()).toBe(false);
  });
});

test('a full disk is said and waited for; recording goes on when there is room, and nothing is lost', async (context) => {
  const disk = join(dir, 'disk');
  const cannot = mountSmallDisk(disk, 8);
  if (cannot !== null) return context.skip(cannot);
  try {
    await kube.listen();
    await startAgent(disk, { TIDEMARK_AGENT_LOCAL_LOG_MAX_BYTES: String(4 * 1024 * 1024) });
    await healthSays('200 ok');
    fillDisk(join(disk, 'filler'));
    for (let i = 0; i < 150; i++) kube.put(deadPod(`full-${i}`, { message: 'x'.repeat(4000) }));
    await healthSays('503 odd: the local log cannot be written since');
    expect(readFileSync(agent?.logFile ?? '', 'utf8')).toContain('no space is left for the log');
    expect(await metric('agent_append_retries_total')).toBeGreaterThan(0);
    rmSync(join(disk, 'filler'));
    await healthSays('200 ok');
    await until('the last is recorded', async () => recorded(disk, 'full-149'));
    expect(recorded(disk, 'full-0')).toBe(true);
  } finally {
    await agent?.end();
    unmount(disk);
  }
});

describe.skipIf(kafkaMissing())('a broker that is away', () => {
  test('stops no recording; what was recorded is shipped once it is back', async () => {
    const dataDir = join(dir, 'data');
    const kafka = await startKafka();
    try {
      await kafka.kill();
      await kube.listen();
      await startAgent(dataDir, { TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(',') });
      await healthSays('200 ok');
      kube.put(deadPod('without-broker'));
      await until('it is recorded', async () => recorded(dataDir, 'without-broker'));
      await until('it is said', async () =>
        readFileSync(agent?.logFile ?? '', 'utf8').includes('entries cannot be forwarded to Kafka'),
      );
      expect(await metric('forwarder_errors_total')).toBeGreaterThan(0);
      await kafka.restart();
      await until('all is shipped', async () => {
        const entries = valuesOf(dataDir, journalTopic(CLUSTER)).length;
        return (await metric('forwarder_entries_total')) >= entries && (await metric('forwarder_lag_entries')) === 0;
      });
    } finally {
      await agent?.end();
      await kafka.stop();
    }
  });
});
