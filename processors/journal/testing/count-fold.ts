import { coverageTable } from '../../../schemas/journal.ts';
import type { Fold } from '../fold.ts';

/** Counts each uid's entries: wrong as soon as one is folded twice or not at all. The count stands in `vanished`. */
export function createCountFold(cluster: string): Fold {
  return {
    name: 'count',
    apply(entry, context) {
      const last = context.state.get<{ count: number; since: string }>(entry.uid);
      const next = { count: (last?.count ?? 0) + 1, since: last?.since ?? entry.observed_at };
      context.state.set(entry.uid, next);
      const row = {
        cluster,
        kind: `count/${entry.uid}`,
        namespace: '',
        state: 'watching',
        from: next.since,
        to: entry.observed_at,
        reason: '',
        vanished: next.count,
      };
      context.emit(coverageTable, entry.uid, row);
      context.publish('count', entry.uid, row);
    },
  };
}
