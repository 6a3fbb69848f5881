import type { LocalLog } from '../../platform/bus/local-log.ts';

const WATCHED = 'agent.watched';
const metaKey = (key: string): string => `agent.watch/${key}`;

/** What is kept of one watch; times in milliseconds since the Unix epoch. */
interface WatchMemory {
  proof_at: number | null;
  full_list_at: number | null;
  /** The resourceVersion at which the known objects of the watch stand; null in the middle of a list. */
  version: string | null;
}

/** What the agent keeps of its own life across restarts, by watched key. */
export interface AgentMemory {
  proofOf(key: string): number | null;
  fullListOf(key: string): number | null;
  versionOf(key: string): string | null;
  setProof(key: string, at: number): void;
  setFullList(key: string, at: number): void;
  setVersion(key: string, version: string | null): void;
  /** One watch's as the local log's meta, to be committed with its entries. */
  metaOf(key: string): Record<string, string>;
  /** The same of every watch that has changed since it was last asked for. */
  changedMeta(): Record<string, string>;
}

/** A clock that was set back in between leaves times in the future: proved until now, and a full list is due. */
function readMemory(text: string | undefined, now: number): WatchMemory {
  const empty: WatchMemory = { proof_at: null, full_list_at: null, version: null };
  if (!text) return empty;
  try {
    const { proof_at: proof, full_list_at: full, version } = JSON.parse(text) as Record<string, unknown>;
    return {
      proof_at: typeof proof === 'number' ? Math.min(proof, now) : null,
      full_list_at: typeof full === 'number' ? (full <= now ? full : 0) : null,
      version: typeof version === 'string' && version !== '' ? version : null,
    };
  } catch {
    return empty;
  }
}

/**
 * Loads what an earlier life has left of the watches named by `keys`. Versions count only where that life's log is the last
 * word on the cluster (`resumable`), and where it watched exactly the same: what it did not watch it did not keep up with.
 */
export function loadAgentMemory(
  localLog: LocalLog,
  { keys, resumable, now }: { keys: readonly string[]; resumable: boolean; now: number },
): AgentMemory {
  const watched = JSON.stringify([...keys].sort());
  const same = resumable && localLog.meta(WATCHED) === watched;
  const memories = new Map(keys.map((key) => [key, readMemory(localLog.meta(metaKey(key)), now)]));
  const changed = new Set<string>();
  if (!same) {
    for (const [key, memory] of memories) {
      memory.version = null;
      changed.add(key);
    }
  }
  let told = same;
  const of = (key: string): WatchMemory => {
    const memory = memories.get(key);
    if (!memory) throw new Error(`${key} is not watched`);
    return memory;
  };
  const change = (key: string, fields: Partial<WatchMemory>): void => {
    Object.assign(of(key), fields);
    changed.add(key);
  };
  const metaOf = (key: string): Record<string, string> => {
    changed.delete(key);
    return { [metaKey(key)]: JSON.stringify(of(key)) };
  };
  return {
    proofOf: (key) => of(key).proof_at,
    fullListOf: (key) => of(key).full_list_at,
    versionOf: (key) => of(key).version,
    setProof: (key, at) => {
      if (of(key).proof_at !== at) change(key, { proof_at: at });
    },
    setFullList: (key, at) => change(key, { full_list_at: at }),
    setVersion: (key, version) => {
      if (of(key).version !== version) change(key, { version });
    },
    metaOf,
    changedMeta() {
      const meta: Record<string, string> = told ? {} : { [WATCHED]: watched };
      told = true;
      for (const key of changed) Object.assign(meta, metaOf(key));
      return meta;
    },
  };
}
