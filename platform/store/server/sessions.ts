import type { Engine, EngineSession } from '../engine.ts';
import { ServerError } from './http-errors.ts';

interface Entry {
  readonly session: EngineSession;
  busy: boolean;
  timer: NodeJS.Timeout | null;
}

/** Named sessions: each with its own connection, used by one query at a time, closed when it has been idle for its timeout. */
export function createSessions(engine: Engine, limit: number) {
  const entries = new Map<string, Entry>();
  const drop = (id: string): void => {
    const entry = entries.get(id);
    if (entry?.timer) clearTimeout(entry.timer);
    entries.delete(id);
    entry?.session.close();
  };
  return {
    acquire: (id: string, mustExist: boolean): EngineSession => {
      let entry = entries.get(id);
      if (!entry) {
        if (mustExist) throw new ServerError(372, 'SESSION_NOT_FOUND', `Session ${id} not found`, 404);
        if (entries.size >= limit) throw new ServerError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many sessions');
        entry = { session: engine.openSession(), busy: false, timer: null };
        entries.set(id, entry);
      }
      if (entry.busy) throw new ServerError(373, 'SESSION_IS_LOCKED', `Session ${id} is locked by a concurrent client`);
      if (entry.timer) clearTimeout(entry.timer);
      entry.busy = true;
      return entry.session;
    },
    release: (id: string, timeoutMs: number): void => {
      const entry = entries.get(id);
      if (!entry) return;
      entry.busy = false;
      entry.timer = setTimeout(() => drop(id), timeoutMs);
      entry.timer.unref();
    },
    close: (): void => {
      for (const id of entries.keys()) drop(id);
    },
  };
}
