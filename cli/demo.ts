import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDemoCluster, DEMO_CLUSTERS, type DemoCluster, type DemoProfile } from '../demo/history.ts';
import { nameDemoRuns } from '../demo/runs.ts';
import { startSimServer } from '../demo/server.ts';
import { createTransport } from '../ingest/agent/https-transport.ts';
import { loadCluster } from '../ingest/agent/kube-config.ts';
import { noteOf } from '../ingest/agent/known-objects.ts';
import { SOURCES } from '../ingest/agent/sources.ts';
import { AppError } from '../platform/errors.ts';
import type { LocalLog } from '../platform/bus/local-log.ts';
import { parseOptions, stopSignal, type Command } from './command.ts';
import { claimDataDir, LOCK_FILE } from './data-dir.ts';
import { createParts } from './parts.ts';
import type { RecordedCluster } from './recorder.ts';
import { createTools, type Tools } from './tools.ts';
import { recordAndServe } from './up.ts';

const help = `
tidemark demo [--days N]

Three simulated clusters (${DEMO_CLUSTERS.map(({ name }) => name).join(', ')}) that speak the Kubernetes API and Prometheus' on loopback, recorded as real ones are, with
N days (30) of history behind them. Their kubeconfigs lie in data_dir/demo/kubeconfigs, so kubectl works on them too. Every start is
a fresh one: what is in data_dir/demo is removed first. Another port than 8080: TIDEMARK_API_PORT.
`;

const BATCH_ENTRIES = 500;

export const demo: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, { days: { type: 'string', default: '30' } });
    const days = historyDays(options.days);
    // The terminal is for the demo's own words, unless somebody asks for the log.
    process.env['TIDEMARK_LOG_LEVEL'] ??= 'error';
    // What its workloads call their team and their environment, for the engine's process too.
    process.env['TIDEMARK_LABELS_TEAM'] ??= 'team';
    process.env['TIDEMARK_LABELS_ENVIRONMENT'] ??= 'environment';
    const parts = createParts('demo', (config) => ({ ...config, data_dir: join(config.data_dir, 'demo') }));
    const { data_dir: dir } = parts.config;
    const stop = stopSignal();
    const release = claimDataDir(dir);
    const simulations: Simulated[] = [];
    try {
      say(`Tidemark demo: ${DEMO_CLUSTERS.length} simulated clusters, recorded as real ones are. Ctrl-C ends it.`);
      await clear(dir);
      const tools = createTools(parts.config);
      for (const profile of DEMO_CLUSTERS) simulations.push(await simulate(profile, { dir, days, tools }));
      const clusters = simulations.map(({ cluster }) => cluster);
      // For the engine's process: usage is imported as from any Prometheus.
      process.env['TIDEMARK_USAGE_PROMETHEUS'] ??= JSON.stringify(simulations.map(({ usage }) => usage));
      return await recordAndServe(parts, clusters, stop, (url) => {
        say(readyText(url, dir));
        // Without a history there is nothing that a run could be about.
        if (days > 0) nameDemoRuns(url, Date.now()).catch(() => undefined);
      });
    } finally {
      for (const simulation of simulations) await simulation.end();
      release();
      if (stop.aborted) say('Stopped.');
    }
  },
};

/** For the person at the terminal: the log goes to standard error. */
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const readyText = (url: string, dir: string): string => `
Ready: ${url}

  curl '${url}/api/v1/exceptions?cluster=prod-eu&workload=checkout&limit=5'   why did checkout die?
  curl '${url}/api/v1/outages?cluster=prod-eu&service=checkout&limit=5'       when was checkout down, and why?
  curl '${url}/api/v1/exceptions/groups'                                      the same failure across pods and clusters
  curl '${url}/api/v1/usage/pods?limit=5'                                     who asks for more CPU than is used?

  Its API: ${url}/api/v1/docs   A cluster for kubectl: --kubeconfig ${join(dir, 'kubeconfigs', DEMO_CLUSTERS[0]?.name ?? '')}
`;

/** Removes what an earlier demo left, but for the lock that is held. */
async function clear(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.startsWith(LOCK_FILE)) await rm(join(dir, name), { recursive: true, force: true });
  }
  await mkdir(join(dir, 'kubeconfigs'), { recursive: true });
}

function historyDays(given: string): number {
  const days = Number(given);
  if (Number.isInteger(days) && days >= 0 && days <= 365) return days;
  throw new AppError('config_invalid', `--days takes a whole number from 0 to 365, not '${given}'`);
}

interface Simulated {
  readonly cluster: RecordedCluster;
  /** Where its Prometheus answers. */
  readonly usage: { readonly cluster: string; readonly url: string };
  /** Ends its time and its server. */
  end(): Promise<void>;
}

/** One cluster, served on loopback; its history is simulated when its recorder starts, which also sets it going. */
async function simulate(
  profile: DemoProfile,
  { dir, days, tools }: { dir: string; days: number; tools: Tools },
): Promise<Simulated> {
  const { name } = profile;
  const simulation = createDemoCluster({ ...profile, ...tools, historyDays: days, now: Date.now() });
  const server = await startSimServer(simulation.cluster, { forbidden: profile.forbidden });
  const kubeconfig = join(dir, 'kubeconfigs', name);
  await writeFile(kubeconfig, server.kubeconfig);
  const prepare = async (log: LocalLog, signal: AbortSignal): Promise<void> => {
    if (days > 0) say(`  ${name}: making ${days} day${days === 1 ? '' : 's'} of history …`);
    const entries = await recordHistory(simulation, log, signal);
    if (signal.aborted) return;
    if (days > 0) say(`  ${name}: ${entries} entries recorded; the folds read them now`);
    simulation.start();
  };
  const end = async (): Promise<void> => {
    simulation.cluster.stop();
    await server.close();
  };
  const usage = { cluster: name, url: server.prometheusUrl };
  return { cluster: { name, transport: createTransport(loadCluster({ kubeconfig })), prepare }, usage, end };
}

/** Appends the history as the agent of those days would have, and what that agent knew at its end. Answers the entries. */
async function recordHistory(simulation: DemoCluster, log: LocalLog, signal: AbortSignal): Promise<number> {
  let values: string[] = [];
  let entries = 0;
  const flush = async (known: Parameters<LocalLog['append']>[0]['known'] = []): Promise<void> => {
    await log.append({ values, timestamp: Date.now(), known });
    values = [];
  };
  for (const entry of simulation.history()) {
    entries++;
    values.push(JSON.stringify(entry));
    if (values.length >= BATCH_ENTRIES) await flush();
    if (signal.aborted) return entries;
  }
  const sources = new Map(SOURCES.map((source) => [source.name, source]));
  const known = simulation.known((name, object) => {
    const source = sources.get(name);
    return source ? noteOf(source, object) : '';
  });
  await flush(known.map((put) => ({ put })));
  return entries;
}
