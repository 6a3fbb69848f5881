import type { Clock } from '../../platform/clock.ts';
import type { Known, LocalLog } from '../../platform/bus/local-log.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentOptions, LogCatcher } from './agent.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Counters } from './counters.ts';
import { createCoverage } from './coverage.ts';
import type { HeartbeatSubject } from './heartbeat.ts';
import type { Draft, JournalWriter } from './journal-writer.ts';
import type { KubeTransport } from './kube-transport.ts';
import { createKnownObjects, type Change, type RawObject } from './known-objects.ts';
import { viewPod } from './log-catcher/pod-view.ts';
import { createReflector, type Reflector } from './reflector.ts';
import { REFLECTOR_DEFAULTS } from './reflector-deps.ts';
import type { Op } from '../../schemas/entry.ts';
import { watchedKey, type Source, type Watched } from './sources.ts';
import type { BadLine } from './watch-lines.ts';

/** A log may not have been caught yet when the agent stopped: deaths so long before its last proof of life are looked at again. */
const RECENT_MS = 600_000;

const diedSince = (raw: RawObject, since: number): boolean =>
  viewPod(raw)?.containers.some(({ deaths }) => deaths.some((death) => Date.parse(death.finishedAt ?? '') >= since)) ??
  false;

/** One reflector, bound to the journal, the log catcher and the agent's memory. */
export interface Watch extends Reflector, HeartbeatSubject {
  readonly watched: Watched;
}

export function createWatch(deps: {
  watched: Watched;
  transport: KubeTransport;
  localLog: Pick<LocalLog, 'roomy'>;
  /** What the local log knows of the watched objects. */
  remembered: readonly Known[];
  clock: Clock;
  random: () => number;
  log: Logger;
  project: (source: Source, raw: RawObject) => Record<string, unknown>;
  memory: AgentMemory;
  writer: JournalWriter;
  catcher: LogCatcher;
  counters: Counters;
  options: Pick<AgentOptions, 'reflector' | 'coverage'>;
  onBadLine: (watched: Watched, line: BadLine) => void;
}): Watch {
  const { watched, clock, log, memory, writer, catcher, counters } = deps;
  const { source, namespace } = watched;
  const key = watchedKey(source.name, namespace);
  const known = createKnownObjects(source, deps.remembered);
  const catches = source.kind === 'pod' ? catcher : null;

  function projected(raw: RawObject): Record<string, unknown> {
    try {
      return deps.project(source, raw);
    } catch (error) {
      counters.count('projection_errors');
      log.warn(
        { source: source.name, name: raw.metadata.name, reason: messageOf(error) },
        'an object could not be projected',
      );
      return { truncated: true };
    }
  }

  /** Its entry is written by now: a pod that the catcher cannot read costs its logs, not the watch. */
  function caught(op: Op, raw: RawObject): void {
    try {
      catches?.onPod(op, raw);
    } catch (error) {
      counters.count('catch_errors');
      log.warn({ name: raw.metadata.name, reason: messageOf(error) }, "a pod's logs could not be looked after");
    }
  }

  const draft = (change: Change): Draft => ({
    kind: source.kind,
    op: change.op,
    namespace: change.namespace,
    name: change.name,
    uid: change.uid,
    resource_version: change.resourceVersion,
    object: change.raw ? projected(change.raw) : {},
  });
  const isTold = (change: Change): boolean => !source.expires || (change.op !== 'delete' && change.op !== 'vanished');

  const coverage = createCoverage({
    kind: source.name,
    namespace,
    clock,
    lastProofAt: memory.proofOf(key),
    options: deps.options.coverage,
    write(object) {
      const at = object.state === 'unreadable' ? null : coverage.lastProofAt();
      if (at !== null) memory.setProof(key, at);
      const entry = { kind: 'coverage', op: 'add', namespace, name: '', uid: '', resource_version: '' } as const;
      return writer.write([{ ...entry, object }], { meta: memory.metaOf(key) });
    },
  });

  const recentFrom = (memory.proofOf(key) ?? clock.now()) - RECENT_MS;
  const reflector = createReflector({
    watched,
    transport: deps.transport,
    clock,
    random: deps.random,
    log,
    known,
    coverage,
    options: { ...REFLECTOR_DEFAULTS, ...deps.options.reflector },
    lastFullAt: memory.fullListOf(key),
    resumeFrom: memory.versionOf(key),
    async deliver(changes, reached) {
      // Queued without a pause in between: what is known and the version at which it stands are committed together.
      const proofAt = coverage.lastProofAt();
      if (proofAt !== null) memory.setProof(key, proofAt);
      memory.setVersion(key, reached);
      const aside = { known: changes.map((change) => change.known), meta: memory.metaOf(key) };
      await writer.write(changes.filter(isTold).map(draft), aside);
      if (!catches) return;
      for (const change of changes) {
        if (change.raw) caught(change.op, change.raw);
        else catches.onPodGone(change.uid);
      }
    },
    onReached: (version) => memory.setVersion(key, version),
    onUnchanged(raw) {
      if (catches && diedSince(raw, recentFrom)) caught('list', raw);
    },
    mayRetell: () => deps.localLog.roomy(),
    onFullList: (at) => memory.setFullList(key, at),
    onBadLine: deps.onBadLine,
    count: counters.count,
  });

  return { ...reflector, watched, key, kind: source.name, namespace, coverage, objects: () => known.size };
}
