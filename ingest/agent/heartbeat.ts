import { toTime, type Clock } from '../../platform/clock.ts';
import type { LocalLog } from '../../platform/bus/local-log.ts';
import type { HeartbeatObject } from '../../schemas/objects.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Counters } from './counters.ts';
import type { Coverage } from './coverage.ts';
import type { JournalWriter } from './journal-writer.ts';

export const HEARTBEAT_MS = 10_000;

export interface HeartbeatSubject {
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly coverage: Coverage;
  readonly objects: () => number;
}

/**
 * Writes the agent's proof of life at once and then every 10 s, with what each watch has last proved, until `signal`
 * aborts. While the local log cannot be written it skips and counts: silence then says the truth.
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
  let nextAt = clock.now();
  while (!signal.aborted) {
    deps.onBeat();
    if (writer.blockedSince() === null) {
      for (const { key, coverage } of deps.subjects) {
        const at = coverage.lastProofAt();
        if (at !== null) memory.setProof(key, at);
      }
      const object = heartbeatOf(deps, localLog, counters);
      const entry = { kind: 'heartbeat', op: 'add', namespace: '', name: '', uid: '', resource_version: '' } as const;
      await writer.write([{ ...entry, object }], { meta: memory.meta() });
    } else counters.count('heartbeats_skipped');
    // A system clock that was set back must not silence the agent until it has caught up.
    const now = clock.now();
    nextAt = Math.min(Math.max(nextAt + HEARTBEAT_MS, now), now + HEARTBEAT_MS);
    await clock.sleep(nextAt - now, signal);
  }
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
    kinds: about.subjects.map(({ kind, namespace, coverage, objects }) => {
      const at = coverage.lastProofAt();
      return {
        kind,
        namespace,
        state: coverage.state(),
        last_proof_at: at === null ? null : toTime(at),
        objects: objects(),
      };
    }),
    local_log: { ...localLog.bounds(), bytes: localLog.bytes() },
    counters: counters.snapshot(),
  };
}
