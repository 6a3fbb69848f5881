import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClusters } from '../../cli/clusters.ts';
import { readConfig } from '../../cli/config.ts';
import { startRecorder } from '../../cli/recorder.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { median } from '../report.ts';
import { finish } from '../turn.ts';
import { startInformers } from './informers.ts';

// One turn: watches a cluster in one of two ways, and answers what that costs, from the first request on.

/** What one process has cost. Bytes lie above what it held before it began; CPU times are in seconds. */
export interface Cost {
  readonly listedPeakBytes: number;
  readonly listedCpuSeconds: number;
  /** In the middle of the steady state. */
  readonly restBytes: number;
  /** CPU-seconds a second of the steady state. */
  readonly restCores: number;
}

const SETTLE_MS = 3_000;
const REST_MS = 10_000;
const SAMPLE_MS = 250;
const POLL_MS = 20;

const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));

/** Starts to watch, resolves once all is listed, and answers how many changes have been seen so far. */
type Watch = (kubeconfig: string) => Promise<() => number>;

/** The whole recorder, as `tidemark agent` starts it: local log, log catcher, every source. */
const agent: Watch = async (kubeconfig) => {
  const config = readConfig({ TIDEMARK_DATA_DIR: dir, TIDEMARK_AGENT_LEASE: 'off' });
  const parts = { config, clock: realClock, log: silentLogger, metrics: createMetrics() };
  const recorder = await startRecorder({ ...parts, clusters: openClusters([{ kubeconfig, name: 'scale' }]) });
  const standing = (): boolean => {
    const status = recorder.status()[0]?.agent;
    return (
      status?.queuedBytes === 0 && status.watches.length > 0 && status.watches.every((one) => one.state === 'watching')
    );
  };
  while (!standing()) await Promise.race([realClock.sleep(POLL_MS), recorder.done]);
  return () => recorder.status()[0]?.agent.counters['changes'] ?? 0;
};

const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

const [how = '', kubeconfig = '', pods = ''] = process.argv.slice(2);
const ways: Record<string, Watch> = { agent, informers: startInformers };
const way = ways[how];
if (!way) throw new Error(`no such watcher: ${how}`);
const before = process.memoryUsage.rss();
const begin = process.cpuUsage();
const changes = await way(kubeconfig);
const listed = {
  listedPeakBytes: process.resourceUsage().maxRSS * 1024 - before,
  listedCpuSeconds: cpuSeconds(begin),
};
await realClock.sleep(SETTLE_MS);
const [restFrom, resting, seen] = [performance.now(), process.cpuUsage(), changes()];
const samples: number[] = [];
while (performance.now() - restFrom < REST_MS) {
  samples.push(process.memoryUsage.rss() - before);
  await realClock.sleep(SAMPLE_MS);
}
const restSeconds = (performance.now() - restFrom) / 1000;
const restCores = cpuSeconds(resting) / restSeconds;
const [found, due] = [changes() - seen, (Number(pods) / 60) * restSeconds];
if (found < due / 2) throw new Error(`${how} saw ${found} of some ${Math.round(due)} changes`);
const cost: Cost = { ...listed, restBytes: median(samples), restCores };
finish(cost);
