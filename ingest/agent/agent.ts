import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../../platform/clock.ts';
import type { Known, LocalLog } from '../../platform/bus/local-log.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { LogObject } from '../../schemas/objects.ts';
import type { Op } from '../../schemas/entry.ts';
import { loadAgentMemory, type AgentMemory } from './agent-memory.ts';
import { createCounters } from './counters.ts';
import { showWatches } from './watch-metrics.ts';
import type { CoverageOptions, CoverageState } from './coverage.ts';
import { badLineDraft } from './bad-lines.ts';
import { lossDraft, toldMeta, type Loss } from './losses.ts';
import { beat } from './heartbeat.ts';
import { createJournalWriter, lastEpochOf, type JournalWriterOptions } from './journal-writer.ts';
import type { KubeTransport } from './kube-transport.ts';
import type { RawObject } from './known-objects.ts';
import { createLease, type Hold, type LeaseOptions, type LeaseState } from './lease.ts';
import type { ReflectorOptions } from './reflector-deps.ts';
import type { Redact } from './redact.ts';
import { SOURCES, watchedKey, watchedOf, type Source, type Watched } from './sources.ts';
import { createWatch, type Watch } from './watch.ts';

/** Catches the logs of dead containers; told of each pod after the pod's entry is queued. */
export interface LogCatcher {
  onPod(op: Op, pod: RawObject): void;
  onPodGone(uid: string): void;
  close(): Promise<void>;
}

export type WriteLog = (log: { namespace: string; name: string; uid: string; object: LogObject }) => Promise<void>;

export interface AgentOptions {
  /** Empty: all of them, and cluster-wide resources; otherwise these only. */
  readonly namespaces: readonly string[];
  /** Names of `SOURCES`; empty: all. */
  readonly sources: readonly string[];
  readonly version: string;
  /** Names this process in the Lease and in heartbeats. */
  readonly identity: string;
  /** How long pods wait, at a start, for the first lists of what they refer to. */
  readonly settleMs: number;
  readonly lease: Partial<LeaseOptions>;
  readonly reflector: Partial<ReflectorOptions>;
  readonly coverage: Partial<CoverageOptions>;
  readonly writer: Partial<JournalWriterOptions>;
}

const AGENT_DEFAULTS: AgentOptions = {
  namespaces: [],
  sources: [],
  version: '0',
  identity: '',
  settleMs: 30_000,
  lease: {},
  reflector: {},
  coverage: {},
  writer: {},
};

export interface AgentDeps {
  readonly cluster: string;
  readonly transport: KubeTransport;
  readonly localLog: LocalLog;
  readonly project: (source: Source, raw: RawObject) => Record<string, unknown>;
  /** Clears what is kept of lines that could not be read. */
  readonly redact: Redact;
  readonly createLogCatcher: (write: WriteLog) => LogCatcher;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly options?: Partial<AgentOptions>;
}

export interface WatchStatus {
  readonly kind: string;
  readonly namespace: string;
  readonly state: CoverageState;
  readonly reason: string;
  readonly lastProofAt: number | null;
  readonly objects: number;
}

export interface AgentStatus {
  readonly cluster: string;
  readonly lease: { state: LeaseState; holder: string; reason: string };
  /** Since when the local log's disk has been full, milliseconds since the epoch. */
  readonly blockedSince: number | null;
  readonly queuedBytes: number;
  readonly epoch: number | null;
  readonly watches: readonly WatchStatus[];
  readonly counters: Readonly<Record<string, number>>;
}

export interface Agent {
  /**
   * Records the cluster until `signal` aborts, then ends in good order. An API server that is away, a denial, a lost Lease
   * and a full disk are states; rejects only when the local log has failed for good.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Tells the journal that entries of the local log are gone; at once, or as soon as this process may write. */
  lost(loss: Loss): void;
  status(): AgentStatus;
}

interface Term {
  readonly watches: readonly Watch[];
  readonly writer: ReturnType<typeof createJournalWriter>;
  readonly memory: AgentMemory;
}

/** A source's objects by namespace, '' for all: read once, however many namespaces are watched. */
function rememberedOf(known: readonly Known[]): (namespace: string) => readonly Known[] {
  const byNamespace = Map.groupBy(known, ({ namespace }) => namespace);
  return (namespace) => (namespace === '' ? known : (byNamespace.get(namespace) ?? []));
}

/** What refers to nothing first, then the pods, then the events about them. */
const stageOf = ({ source }: Watched): number => (source.kind === 'event' ? 2 : source.kind === 'pod' ? 1 : 0);

export function createAgent(deps: AgentDeps): Agent {
  const { cluster, localLog, clock } = deps;
  const options = { ...AGENT_DEFAULTS, ...deps.options };
  const identity = options.identity || `${hostname()}_${randomUUID()}`;
  const log = deps.log.child({ cluster });
  const counters = createCounters(deps.metrics, cluster);
  const lease = createLease({
    transport: deps.transport,
    clock,
    log,
    identity,
    logId: localLog.logId,
    lastEpoch: () => lastEpochOf(localLog),
    options: options.lease,
  });
  const chosen = SOURCES.filter((source) => options.sources.length === 0 || options.sources.includes(source.name));
  const watched = watchedOf(chosen, options.namespaces);
  const startedAt = clock.now();
  const losses: Loss[] = [];
  let term: Term | null = null;

  /** What is lost cannot be told, but how every object stands can, once there is room. */
  function tellLosses({ writer, watches, memory }: Term): void {
    const told = losses.splice(0);
    if (told.length === 0) return;
    for (const watch of watches) {
      memory.setFullList(watch.key, 0);
      watch.retellSoon();
    }
    const drafts = told.map((loss) => lossDraft(loss, clock.now()));
    writer.write(drafts, { meta: { ...memory.changedMeta(), ...toldMeta(told) } }).catch(() => losses.unshift(...told));
  }

  /** Objects of an earlier configuration are no longer watched: that is forgotten, and not called vanished. */
  function unwatchedKnown() {
    const keys = new Set(watched.map(({ source, namespace }) => watchedKey(source.name, namespace)));
    const isWatched = (source: Source, namespace: string): boolean =>
      ['', namespace].some((one) => keys.has(watchedKey(source.name, one)));
    return chosen.flatMap((source) =>
      localLog
        .known(source.name)
        .filter(({ namespace }) => !isWatched(source, namespace))
        .map(({ namespace, name }) => ({ forget: { source: source.name, namespace, name } })),
    );
  }

  /** One hold of the Lease: a new epoch, from the first list to the last entry. */
  async function lead(signal: AbortSignal, { wroteLast, epoch }: Hold): Promise<void> {
    const memory = loadAgentMemory(localLog, {
      keys: watched.map(({ source, namespace }) => watchedKey(source.name, namespace)),
      resumable: wroteLast && !losses.some(({ setBack }) => setBack),
      now: clock.now(),
    });
    const writer = createJournalWriter({
      localLog,
      clock,
      log,
      count: counters.count,
      epoch,
      stopping: signal,
      options: options.writer,
    });
    const catcher = deps.createLogCatcher(({ namespace, name, uid, object }) =>
      writer.write([{ kind: 'log', op: 'add', namespace, name, uid, resource_version: '', object }]),
    );
    const remembered = new Map(chosen.map(({ name }) => [name, rememberedOf(localLog.known(name))]));
    const watches = watched.map((each) =>
      createWatch({
        ...deps,
        remembered: remembered.get(each.source.name)?.(each.namespace) ?? [],
        random: deps.random ?? Math.random,
        log,
        watched: each,
        memory,
        writer,
        catcher,
        counters,
        options,
        onBadLine: (source, line) =>
          void writer.write([badLineDraft(source, line, deps.redact)]).catch(() => undefined),
      }),
    );
    term = { watches, writer, memory };
    tellLosses(term);
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const onBeat = (): void => showWatches(deps.metrics, cluster, watches, writer);
    const beating = {
      writer,
      localLog,
      memory,
      counters,
      clock,
      identity,
      version: options.version,
      startedAt,
      onBeat,
    };
    const work = [
      writer.write([], { known: unwatchedKnown(), meta: memory.changedMeta() }),
      beat({ ...beating, subjects: watches, signal: either }),
      runInStages(watches, either),
    ];
    try {
      await Promise.race([Promise.all(work), writer.failed]);
    } finally {
      stop.abort();
      await Promise.allSettled(work);
      await catcher.close();
      if (signal.aborted && lease.state().state !== 'waiting') await closeWatches(watches);
      await writer.close();
      showWatches(deps.metrics, cluster, watches, writer, true);
    }
  }

  async function closeWatches(watches: readonly Watch[]): Promise<void> {
    for (const { coverage } of watches) await coverage.closed().catch(() => undefined);
  }

  function tellStanding(watches: readonly Watch[], since: number): void {
    const listed = watches.filter(({ coverage }) => (coverage.lastProofAt() ?? -Infinity) >= since);
    const missing = watches.filter((watch) => !listed.includes(watch)).map(({ key }) => key);
    const objects = watches.reduce((sum, watch) => sum + watch.objects(), 0);
    log.info({ sources: listed.length, objects, ...(missing.length > 0 ? { missing } : {}) }, 'watching the cluster');
  }

  async function runInStages(watches: readonly Watch[], signal: AbortSignal): Promise<void> {
    const since = clock.now();
    const running: Promise<void>[] = [];
    for (const stage of [0, 1, 2]) {
      const started = watches.filter((watch) => stageOf(watch.watched) === stage);
      running.push(...started.map((watch) => watch.run(signal)));
      for (const run of running) run.catch(() => undefined);
      const settled = Promise.all(started.map((watch) => watch.settled)).then(() => undefined);
      const patience = new AbortController();
      const timeout = clock.sleep(options.settleMs, AbortSignal.any([signal, patience.signal]));
      await Promise.race([settled, timeout, ...running.map((run) => run.then(() => timeout))]);
      patience.abort();
    }
    if (!signal.aborted) tellStanding(watches, since);
    await Promise.all(running);
  }

  return {
    run: (signal) => lease.run(signal, lead),
    lost(loss) {
      counters.count('losses');
      losses.push(loss);
      if (term) tellLosses(term);
    },
    status: () => ({
      cluster,
      lease: lease.state(),
      blockedSince: term?.writer.blockedSince() ?? null,
      queuedBytes: term?.writer.queuedBytes() ?? 0,
      epoch: term?.writer.epoch ?? null,
      watches: (term?.watches ?? []).map(({ kind, namespace, coverage, objects }) => ({
        kind,
        namespace,
        state: coverage.state(),
        reason: coverage.reason(),
        lastProofAt: coverage.lastProofAt(),
        objects: objects(),
      })),
      counters: counters.snapshot(),
    }),
  };
}
