import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimCluster } from '../deploy/testkube/test-kube.ts';
import { startKafka } from '../deploy/testkafka/test-kafka.ts';
import { realClock } from '../platform/clock.ts';
import { freePort, startChild } from '../tests/road/child.ts';
import { CLUSTER, distributed } from '../tests/road/topology.ts';
import { createVictims, type Victims } from './capture/deaths.ts';
import { createReader } from './capture/readable.ts';
import { lineOf, percentile } from './report.ts';

// From a container's death, as the API server is told of it, to its row in the answer of GET /api/v1/exceptions, against a
// real API server: `tidemark up`, and one process a role over Kafka and a ClickHouse URL, at 1, 10 and 100 deaths a second.
// Who polls reads a row up to 50 ms and one query late; that counts.
//
// There is no peer that does the same. Beside the p99 stands its bound of 2 s; beside the median stands what a scrape of
// restart counters every 15 s takes to see that something died: half an interval.

const RATES = [
  { perSecond: 1, seconds: 20 },
  { perSecond: 10, seconds: 15 },
  { perSecond: 100, seconds: 15 },
];
const BOUND_MS = 2_000;
const SCRAPE_MEDIAN_MS = 7_500;

/** Deaths at a steady rate, whatever becomes of them; answers how long each one's row took. */
async function measure(victims: Victims, api: string, perSecond: number, deaths: number): Promise<number[]> {
  const reader = createReader(api);
  const killing: Promise<void>[] = [];
  const start = performance.now();
  for (let at = 0; at < deaths; at++) {
    await realClock.sleep(Math.max(0, start + (at * 1000) / perSecond - performance.now()));
    killing.push(victims.kill(reader.expect));
  }
  await Promise.all(killing);
  return reader.delays();
}

async function up(kubeconfig: string) {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    TIDEMARK_DATA_DIR: join(dir, 'data'),
    TIDEMARK_API_PORT: String(port),
    TIDEMARK_AGENT_METRICS_PORT: '0',
    TIDEMARK_LOG_LEVEL: 'warn',
  };
  const args = ['up', '--kubeconfig', kubeconfig];
  const child = await startChild('up', { args, env, dir, url: `${url}/healthz` });
  const close = async () => {
    await child.end();
    await rm(dir, { recursive: true, force: true });
  };
  return { url, close };
}

async function apart(kubeconfig: string) {
  const kafka = await startKafka();
  const topology = await distributed(kubeconfig, kafka.brokers);
  await topology.startAgent();
  const close = async () => {
    await topology.close();
    await kafka.stop();
  };
  return { url: topology.url, close };
}

async function compare(victims: Victims, kubeconfig: string): Promise<void> {
  for (const [name, start] of Object.entries({ embedded: up, distributed: apart })) {
    const { url, close } = await start(kubeconfig);
    try {
      // The first rows also take what the first lists take.
      await measure(victims, url, 1, 3);
      for (const { perSecond, seconds } of RATES) {
        const delays = await measure(victims, url, perSecond, perSecond * seconds);
        const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
        const at = `${name}_at_${perSecond}_per_second`;
        const better = 'lower';
        console.log(`${CLUSTER}, ${name}, ${perSecond}/s: ${delays.length} deaths, most ${percentile(delays, 1)} ms`);
        console.log(
          lineOf({ bench: 'capture', metric: `p50_ms_${at}`, ours: p50, peer: SCRAPE_MEDIAN_MS, better, aim: 1 }),
        );
        console.log(lineOf({ bench: 'capture', metric: `p99_ms_${at}`, ours: p99, peer: BOUND_MS, better, aim: 1 }));
      }
    } finally {
      await close();
    }
  }
}

const cluster = await startSimCluster();
try {
  const victims = await createVictims(cluster);
  try {
    await compare(victims, cluster.kubeconfig);
  } finally {
    victims.close();
  }
} finally {
  await cluster.stop();
}
