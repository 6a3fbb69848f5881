import { toTime, type Clock } from '../../platform/clock.ts';
import type { LocalLog } from '../../platform/bus/local-log.ts';
import { REST_NAMESPACE, type HeartbeatObject } from '../../schemas/objects.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Counters } from './counters.ts';
import type { Coverage } from './coverage.ts';
import type { JournalWriter } from './journal-writer.ts';

export const HEARTBEAT_MS = 10_000;
/** Watches that a heartbeat names one by one; it is an entry, and has to stay well below an entry's bound. */
const NAMED_WATCHES = 500;
/** After a kill a gap begins at the last proof that was written: so much too early, and what lies between two words of the server. */
const PROOF_MS = 500;
/** Of thousands of watches the proofs are written less often: a millisecond for each. */
const proofMs = (watches: number): number => Math.min(Math.max(PROOF_MS, watches), HEARTBEAT_MS);

export interface HeartbeatSubject {
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly coverage: Coverage;
  readonly objects: () => number;
}

/**
 * Writes the agent's proof of life at once and then every 10 s, with what each watch has last proved, until `signal`
 * aborts; between two of them what the watches have proved and reached, without an entry. While the local log cannot be written it skips and counts: silence then says the truth.
 */
export async function beat(deps: {
  writer: JournalWriter;
  localLog: LocalLog;
  memory: AgentMemory;
  counters: Counters;
  clock: Clock;
  identity: string;
  version: string;
  startedAt: number;
  subjects: readonly HeartbeatSubject[];
  signal: AbortSignal;
  /** Called at each beat, written or not: for the metrics. */
  onBeat(): void;
}): Promise<void> {
  const { writer, localLog, memory, counters, clock, signal } = deps;
  const everyMs = proofMs(deps.subjects.length);
  let nextAt = clock.now();
  const remembered = (): Record<string, string> => {
    for (const { key, coverage } of deps.subjects) {
      const at = coverage.lastProofAt();
      if (at !== null) memory.setProof(key, at);
    }
    return memory.changedMeta();
  };
  while (!signal.aborted) {
    deps.onBeat();
    if (writer.blockedSince() === null) {
      const object = heartbeatOf(deps, localLog, counters);
      const entry = { kind: 'heartbeat', op: 'add', namespace: '', name: '', uid: '', resource_version: '' } as const;
      await writer.write([{ ...entry, object }], { meta: remembered() });
    } else counters.count('heartbeats_skipped');
    // A system clock that was set back must not silence the agent until it has caught up.
    const now = clock.now();
    nextAt = Math.min(Math.max(nextAt + HEARTBEAT_MS, now), now + HEARTBEAT_MS);
    for (let leftMs = nextAt - now; leftMs > 0 && !signal.aborted; leftMs -= everyMs) {
      await clock.sleep(Math.min(leftMs, everyMs), signal);
      const beatIsDue = leftMs <= everyMs;
      if (!beatIsDue && writer.blockedSince() === null) await writer.write([], { meta: remembered() });
    }
  }
}

type KindStatus = HeartbeatObject['kinds'][number];

function statusOf({ kind, namespace, coverage, objects }: HeartbeatSubject): KindStatus {
  const at = coverage.lastProofAt();
  const lastProofAt = at === null ? null : toTime(at);
  return { kind, namespace, state: coverage.state(), last_proof_at: lastProofAt, objects: objects() };
}

/** All one by one, or, past the bound, those first that are not watched; the rest summed up by kind and state. */
export function kindsOf(subjects: readonly HeartbeatSubject[]): KindStatus[] {
  const all = subjects.map(statusOf);
  if (all.length <= NAMED_WATCHES) return all;
  const named = new Set(all.filter(({ state }) => state !== 'watching').slice(0, NAMED_WATCHES));
  const rest = Map.groupBy(
    all.filter((status) => !named.has(status)),
    ({ kind, state }) => `${kind} ${state}`,
  );
  return [...named, ...Array.from(rest.values(), sumUp)];
}

/** Watches of one kind and state as one; proved is what every one of them has proved. */
function sumUp(statuses: readonly KindStatus[]): KindStatus {
  const { kind, state } = statuses[0]!;
  const proofs = statuses.map(({ last_proof_at: at }) => at);
  return {
    kind,
    namespace: REST_NAMESPACE,
    state,
    last_proof_at: proofs.includes(null) ? null : (proofs.toSorted()[0] ?? null),
    objects: statuses.reduce((sum, { objects }) => sum + objects, 0),
    namespaces: statuses.length,
  };
}

function heartbeatOf(
  about: { identity: string; version: string; startedAt: number; subjects: readonly HeartbeatSubject[] },
  localLog: LocalLog,
  counters: Counters,
): HeartbeatObject {
  return {
    agent_version: about.version,
    identity: about.identity,
    started_at: toTime(about.startedAt),
    kinds: kindsOf(about.subjects),
    local_log: { ...localLog.bounds(), bytes: localLog.bytes() },
    counters: counters.snapshot(),
  };
}
