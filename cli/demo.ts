import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDemoCluster, DEMO_CLUSTERS, type DemoCluster, type DemoProfile } from '../demo/history.ts';
import { startSimServer, type SimServer } from '../demo/server.ts';
import { createTransport } from '../ingest/agent/https-transport.ts';
import { loadCluster } from '../ingest/agent/kube-config.ts';
import { noteOf } from '../ingest/agent/known-objects.ts';
import { SOURCES } from '../ingest/agent/sources.ts';
import { AppError } from '../platform/errors.ts';
import type { LocalLog } from '../platform/bus/local-log.ts';
import { parseOptions, stopSignal, type Command } from './command.ts';
import { createParts } from './parts.ts';
import type { RecordedCluster } from './recorder.ts';
import { createTools, type Tools } from './tools.ts';
import { recordAndServe } from './up.ts';

const help = `
tidemark demo [--days N]

Three simulated clusters (${DEMO_CLUSTERS.map(({ name }) => name).join(', ')}) that speak the Kubernetes API on loopback, recorded as real ones are, with N days
(30) of history behind them. Their kubeconfigs lie in data_dir/demo/kubeconfigs, so kubectl works on them too. Every start is
a fresh one: what is in data_dir/demo is removed first.
`;

const BATCH_ENTRIES = 500;

export const demo: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, { days: { type: 'string', default: '30' } });
    const days = historyDays(options.days);
    const parts = createParts('demo', (config) => ({ ...config, data_dir: join(config.data_dir, 'demo') }));
    const { data_dir: dir } = parts.config;
    const stop = stopSignal();
    await rm(dir, { recursive: true, force: true });
    await mkdir(join(dir, 'kubeconfigs'), { recursive: true });
    const tools = createTools(parts.config);
    const servers: SimServer[] = [];
    try {
      const clusters: RecordedCluster[] = [];
      for (const profile of DEMO_CLUSTERS) {
        const { server, cluster } = await simulate(profile, { dir, days, tools });
        servers.push(server);
        clusters.push(cluster);
      }
      return await recordAndServe(parts, clusters, stop);
    } finally {
      for (const server of servers) await server.close();
    }
  },
};

function historyDays(given: string): number {
  const days = Number(given);
  if (Number.isInteger(days) && days >= 0 && days <= 365) return days;
  throw new AppError('config_invalid', `--days takes a whole number from 0 to 365, not '${given}'`);
}

/** One cluster, served on loopback; its history is simulated when its recorder starts, which also sets it going. */
async function simulate(
  profile: DemoProfile,
  { dir, days, tools }: { dir: string; days: number; tools: Tools },
): Promise<{ server: SimServer; cluster: RecordedCluster }> {
  const { name } = profile;
  const simulation = createDemoCluster({ ...profile, ...tools, historyDays: days, now: Date.now() });
  const server = await startSimServer(simulation.cluster);
  const kubeconfig = join(dir, 'kubeconfigs', name);
  await writeFile(kubeconfig, server.kubeconfig);
  const prepare = async (log: LocalLog): Promise<void> => {
    await recordHistory(simulation, log);
    simulation.start();
  };
  return { server, cluster: { name, transport: createTransport(loadCluster({ kubeconfig })), prepare } };
}

/** Appends the history as the agent of those days would have, and what that agent knew at its end. */
async function recordHistory(simulation: DemoCluster, log: LocalLog): Promise<void> {
  let values: string[] = [];
  const flush = async (known: Parameters<LocalLog['append']>[0]['known'] = []): Promise<void> => {
    await log.append({ values, timestamp: Date.now(), known });
    values = [];
  };
  for (const entry of simulation.history()) {
    values.push(JSON.stringify(entry));
    if (values.length >= BATCH_ENTRIES) await flush();
  }
  const sources = new Map(SOURCES.map((source) => [source.name, source]));
  const known = simulation.known((name, object) => {
    const source = sources.get(name);
    return source ? noteOf(source, object) : '';
  });
  await flush(known.map((put) => ({ put })));
}
