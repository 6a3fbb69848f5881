import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { createAgent } from '../../ingest/agent/agent.ts';
import { createTransport } from '../../ingest/agent/https-transport.ts';
import { loadCluster } from '../../ingest/agent/kube-config.ts';
import { createProjector } from '../../ingest/agent/projections/projector.ts';
import { createRedactor } from '../../ingest/agent/redact.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { finish } from '../turn.ts';
import { PODS } from './load.ts';

// One turn: lists all pods in one of two ways, and answers the most memory that the process held, less what it held when
// everything was loaded and nothing had been asked yet. Ours is the whole agent with the pods as its one source: it
// projects each, and has written each to its local log before the turn ends. The informer keeps each in its cache.

const CLUSTER = 'bench';
const POLL_MS = 10;

type Ready = () => boolean;

/** Answers when every pod is in the local log. */
function agent(kubeconfig: string, dir: string): Ready {
  const parts = { clock: realClock, log: silentLogger, metrics: createMetrics() };
  const redact = createRedactor({ extra: [] });
  const { run, status } = createAgent({
    ...parts,
    cluster: CLUSTER,
    transport: createTransport(loadCluster({ kubeconfig })),
    localLog: openLocalLog({ ...parts, dir, topic: journalTopic(CLUSTER) }),
    redact,
    project: createProjector({ redact, envHashKey: 'bench', annotations: { allow: [] } }),
    createLogCatcher: () => ({ onPod: () => undefined, onPodGone: () => undefined, close: () => Promise.resolve() }),
    options: { sources: ['pod'], lease: { mode: 'off' } },
  });
  void run(new AbortController().signal);
  return () => {
    const { watches, queuedBytes } = status();
    return watches[0]?.state === 'watching' && watches[0].objects === PODS && queuedBytes === 0;
  };
}

/** Answers when every pod is in the informer's cache. */
function informer(kubeconfig: string): Ready {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const pods = makeInformer<V1Pod>(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
  void pods.start();
  return () => pods.list().length === PODS;
}

const [how = '', kubeconfig = ''] = process.argv.slice(2);
const ways: Record<string, (kubeconfig: string, dir: string) => Ready> = { agent, informer };
const way = ways[how];
if (!way) throw new Error(`no such reader: ${how}`);
const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const before = process.memoryUsage.rss();
const ready = way(kubeconfig, dir);
while (!ready()) await realClock.sleep(POLL_MS);
const most = process.resourceUsage().maxRSS * 1024;
await rm(dir, { recursive: true });
finish(most - before);
