import type { LocalLog } from '../../platform/bus/local-log.ts';

const PROOFS = 'agent.proofs';
const FULL_LISTS = 'agent.full_lists';

/** What the agent keeps of its own life across restarts, by watched key: times in milliseconds since the Unix epoch. */
export interface AgentMemory {
  proofOf(key: string): number | null;
  fullListOf(key: string): number | null;
  setProof(key: string, at: number): void;
  setFullList(key: string, at: number): void;
  /** The same as the local log's meta, to be committed with entries. */
  meta(): Record<string, string>;
}

function timesIn(text: string | undefined): Map<string, number> {
  if (!text) return new Map();
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return new Map(Object.entries(parsed).filter((pair): pair is [string, number] => Number.isFinite(pair[1])));
  } catch {
    return new Map();
  }
}

export function loadAgentMemory(localLog: LocalLog): AgentMemory {
  const proofs = timesIn(localLog.meta(PROOFS));
  const fullLists = timesIn(localLog.meta(FULL_LISTS));
  return {
    proofOf: (key) => proofs.get(key) ?? null,
    fullListOf: (key) => fullLists.get(key) ?? null,
    setProof: (key, at) => void proofs.set(key, at),
    setFullList: (key, at) => void fullLists.set(key, at),
    meta: () => ({
      [PROOFS]: JSON.stringify(Object.fromEntries(proofs)),
      [FULL_LISTS]: JSON.stringify(Object.fromEntries(fullLists)),
    }),
  };
}
