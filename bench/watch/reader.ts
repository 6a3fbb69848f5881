import { get } from 'node:http';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { createCoverage } from '../../ingest/agent/coverage.ts';
import { createTransport } from '../../ingest/agent/https-transport.ts';
import { createKnownObjects } from '../../ingest/agent/known-objects.ts';
import { loadCluster } from '../../ingest/agent/kube-config.ts';
import { createReflector } from '../../ingest/agent/reflector.ts';
import { REFLECTOR_DEFAULTS } from '../../ingest/agent/reflector-deps.ts';
import { SOURCES } from '../../ingest/agent/sources.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { finish } from '../turn.ts';
import { EVENTS } from './load.ts';

// One turn: reads the watch in one of three ways, and answers events a CPU-second from the first event to the last.

/** Counts events; the CPU time before the first one (start, list) is not counted. */
function createMeter() {
  let [seen, first] = [0, 0];
  let begin: NodeJS.CpuUsage | null = null;
  return (events: number): void => {
    if (events === 0) return;
    seen += events;
    if (begin === null) {
      begin = process.cpuUsage();
      first = events;
    }
    if (seen < EVENTS) return;
    const { user, system } = process.cpuUsage(begin);
    finish((seen - first) / ((user + system) / 1e6));
  };
}

function reflector(kubeconfig: string, count: (events: number) => void): void {
  const source = SOURCES.find(({ name }) => name === 'pod');
  if (!source) throw new Error('pods are not watched');
  const coverage = createCoverage({
    kind: 'pod',
    namespace: '',
    clock: realClock,
    lastProofAt: null,
    write: () => Promise.resolve(),
  });
  const { run } = createReflector({
    watched: { source, namespace: '' },
    transport: createTransport(loadCluster({ kubeconfig })),
    clock: realClock,
    random: Math.random,
    log: silentLogger,
    known: createKnownObjects(source, []),
    coverage,
    options: REFLECTOR_DEFAULTS,
    lastFullAt: null,
    resumeFrom: null,
    onReached: () => undefined,
    deliver: async (changes) => count(changes.filter(({ op }) => op === 'update').length),
    onFullList: () => undefined,
    mayRetell: () => true,
    onBadLine: () => undefined,
    count: () => undefined,
  });
  void run(new AbortController().signal);
}

function informer(kubeconfig: string, count: (events: number) => void): void {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const pods = makeInformer<V1Pod>(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
  pods.on('update', () => count(1));
  pods.on('error', (error: unknown) => {
    throw new Error('the informer stopped', { cause: error });
  });
  void pods.start();
}

async function bare(kubeconfig: string, count: (events: number) => void): Promise<void> {
  const { server } = loadCluster({ kubeconfig });
  const known = new Map<string, unknown>();
  get(`${server}/api/v1/pods?watch=true`, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line) as { object: { metadata: { uid: string; resourceVersion: string } } };
        known.set(object.metadata.uid, object.metadata.resourceVersion);
      }
      count(lines.length);
    });
  });
}

const [how = '', kubeconfig = ''] = process.argv.slice(2);
const ways: Record<string, (kubeconfig: string, count: (events: number) => void) => unknown> = {
  reflector,
  informer,
  bare,
};
const way = ways[how];
if (!way) throw new Error(`no such reader: ${how}`);
await way(kubeconfig, createMeter());
