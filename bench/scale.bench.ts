import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf } from './report.ts';
import type { Cost } from './scale/watcher.ts';
import { turn } from './turn.ts';

// Clusters of 1,000, 5,000 and 10,000 simulated pods, each pod updated once a minute: what it costs the whole agent (every
// source, local log, log catcher) to list them and then to follow them, beside client-node's informers on the same resources.

const SIZES = [1_000, 5_000, 10_000] as const;
const [LEAST, , MOST] = SIZES;
const WATCHERS = ['agent', 'informers'] as const;
type Watcher = (typeof WATCHERS)[number];

/** Above 1 by what one run's memory and CPU time differ from another's. */
const LINEAR = 1.15;

async function costs(dir: string, pods: number): Promise<Record<Watcher, Cost>> {
  const cluster = fork(new URL('scale/cluster.ts', import.meta.url), [String(pods)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const watchers = new URL('scale/watcher.ts', import.meta.url);
  const found: Partial<Record<Watcher, Cost>> = {};
  try {
    const kubeconfig = join(dir, 'kubeconfig');
    const [served] = (await once(cluster, 'message')) as [string];
    await writeFile(kubeconfig, served);
    for (const watcher of WATCHERS) {
      const cost = await turn<Cost>(watchers, [watcher, kubeconfig, String(pods)]);
      found[watcher] = cost;
      const words = [
        `list ${cost.listedCpuSeconds.toFixed(2)} CPU-s, peak ${Math.round(cost.listedPeakBytes / 1e6)} MB`,
        `then ${(100 * cost.restCores).toFixed(1)} % of a core, ${Math.round(cost.restBytes / 1e6)} MB`,
      ];
      console.log(`${pods} pods, ${watcher}: ${words.join('; ')}`);
    }
  } finally {
    cluster.kill();
  }
  return found as Record<Watcher, Cost>;
}

const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
try {
  const bySize = new Map<number, Record<Watcher, Cost>>();
  for (const pods of SIZES) bySize.set(pods, await costs(dir, pods));
  const cost = (pods: number, watcher: Watcher): Cost => bySize.get(pods)![watcher];
  const bounded = (metric: string, of: (watcher: Watcher) => number, aim: number): void => {
    const figures = { ours: of('agent'), peer: of('informers'), better: 'lower', aim } as const;
    console.log(lineOf({ bench: 'scale', metric, ...figures }));
  };
  /** Beside the peer, and nothing asked. */
  const beside = (metric: string, of: (watcher: Watcher) => number): void =>
    console.log(lineOf({ bench: 'scale', metric, ours: of('agent'), peer: of('informers'), aim: 0 }));
  // What the agent takes of its own accord weighs most on few pods: an added pod is what tells the two apart.
  for (const pods of SIZES)
    beside(`memory_bytes_per_pod_of_${pods}`, (watcher) => cost(pods, watcher).restBytes / pods);
  const added = (watcher: Watcher) => cost(MOST, watcher).restBytes - cost(LEAST, watcher).restBytes;
  bounded('memory_bytes_per_added_pod', (watcher) => added(watcher) / (MOST - LEAST), 0.33);
  // The informers keep what they read in memory alone; the agent commits it to disk.
  for (const pods of SIZES)
    beside(`cpu_ms_per_pod_and_minute_of_${pods}`, (watcher) => (cost(pods, watcher).restCores * 60_000) / pods);
  beside(`list_cpu_ms_per_pod_of_${MOST}`, (watcher) => (1000 * cost(MOST, watcher).listedCpuSeconds) / MOST);
  // The peer of a growth is that of the pods: ten times as many may cost ten times as much.
  const growth = (metric: string, of: (cost: Cost) => number): void => {
    const ours = of(cost(MOST, 'agent')) / of(cost(LEAST, 'agent'));
    console.log(lineOf({ bench: 'scale', metric, ours, peer: MOST / LEAST, better: 'lower', aim: LINEAR }));
  };
  growth('memory_growth', ({ restBytes }) => restBytes);
  growth('cpu_growth', ({ restCores }) => restCores);
  growth('list_cpu_growth', ({ listedCpuSeconds }) => listedCpuSeconds);
} finally {
  await rm(dir, { recursive: true });
}
