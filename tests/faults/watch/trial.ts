import { until } from '../../../deploy/testkube/test-kube.ts';
import { SOURCES } from '../../../ingest/agent/sources.ts';
import type { FastClock } from '../fast-clock.ts';
import { checkDeaths } from './deaths.ts';
import { causesOf, startFaultyCluster, type FaultyCluster } from './faulty-cluster.ts';
import { checkHistory, type Findings, type History } from './history.ts';
import { readRecorded } from './recorded.ts';
import { startRecording, type Engine, type Recording } from './recording.ts';

/** Milliseconds between two happenings in a cluster. */
const MEAN_MS = 250;
const PAGE_SIZE = 40;
/** Real time, as the transport's timers are: more than 30 s by the clock, so that a busy machine is no fault. */
const REQUEST_TIMEOUT_MS = 4_000;
const EXPIRING = new Set(SOURCES.filter(({ expires }) => expires).map(({ name }) => name));

export interface TrialOptions {
  readonly dir: string;
  readonly clock: FastClock;
  readonly seed: number;
  readonly clusters: number;
  readonly faults: number;
  readonly limitMs: number;
}

export interface TrialResult {
  /** Names of the faults that took effect. */
  readonly faults: readonly string[];
  readonly transitions: number;
  readonly arrived: number;
  readonly overtaken: number;
  readonly unseen: number;
  readonly deaths: number;
  /** By rule: what broke it, a line each. */
  readonly problems: Readonly<Record<string, readonly string[]>>;
}

const isUpToDate = ({ agent }: Recording, since: number): boolean =>
  agent.status().watches.every(({ state, lastProofAt }) => state === 'watching' && (lastProofAt ?? 0) > since);

export const startTrialCluster = ({ dir, clock, seed }: TrialOptions, name: string, at = 0): Promise<FaultyCluster> =>
  startFaultyCluster({ name, seed: String(seed + at), dir, clock, meanMs: MEAN_MS });

export const checkCluster = (
  { transitions, plan }: FaultyCluster,
  seen: Pick<History, 'arrivals' | 'spans'>,
): Findings => checkHistory({ transitions, causes: causesOf(plan.injected), expiring: EXPIRING, ...seen });

/** Agents record clusters until so many faults have happened to them, and until all is quiet again; then the store is read. */
export async function recordThroughFaults(options: TrialOptions, engine: Engine): Promise<TrialResult> {
  const { dir, clock } = options;
  const names = Array.from({ length: options.clusters }, (_, at) => `faulty-${options.seed}-${at}`);
  const clusters = await Promise.all(names.map((name, at) => startTrialCluster(options, name, at)));
  const reflector = { requestTimeoutMs: REQUEST_TIMEOUT_MS, pageSize: PAGE_SIZE };
  const recordings = clusters.map(({ name: cluster, kubeconfig }) =>
    startRecording({ cluster, kubeconfig, dir, clock, reflector }),
  );
  const injected = () => clusters.flatMap(({ plan }) => plan.injected);
  try {
    await until('all faults', async () => injected().length >= options.faults, options.limitMs);
    for (const cluster of clusters) cluster.calm();
    const calmSince = clock.now();
    await until('every watch stands', async () => recordings.every((one) => isUpToDate(one, calmSince)));
    await Promise.all(recordings.map((recording) => recording.stop()));
    for (const { localLog } of recordings) await engine.folded(localLog);
    const checked = await Promise.all(clusters.map((cluster) => check(cluster, engine)));
    return sumOf(
      checked,
      injected().map(({ name }) => name),
    );
  } finally {
    for (const recording of recordings) await recording.stop().catch(() => undefined);
    for (const { localLog } of recordings) await localLog.close();
    for (const cluster of clusters) await cluster.close();
  }
}

async function check(cluster: FaultyCluster, { store }: Engine): Promise<TrialResult> {
  const { deaths: rows, ...seen } = await readRecorded(store, cluster.name);
  const { arrived, overtaken, unseen, ...problems } = checkCluster(cluster, seen);
  const { told, ...dead } = checkDeaths(cluster.deaths, rows, { ...cluster, ...seen });
  const deathProblems = Object.fromEntries(Object.entries(dead).map(([rule, lines]) => [`deaths ${rule}`, lines]));
  return {
    faults: [],
    transitions: cluster.transitions.length,
    arrived,
    overtaken,
    unseen,
    deaths: told,
    problems: { ...problems, ...deathProblems },
  };
}

function sumOf(results: readonly TrialResult[], faults: readonly string[]): TrialResult {
  const sum = (pick: (one: TrialResult) => number) => results.reduce((all, one) => all + pick(one), 0);
  const rules = Object.keys(results[0]?.problems ?? {});
  return {
    faults,
    transitions: sum((one) => one.transitions),
    arrived: sum((one) => one.arrived),
    overtaken: sum((one) => one.overtaken),
    unseen: sum((one) => one.unseen),
    deaths: sum((one) => one.deaths),
    problems: Object.fromEntries(rules.map((rule) => [rule, results.flatMap(({ problems }) => problems[rule] ?? [])])),
  };
}
