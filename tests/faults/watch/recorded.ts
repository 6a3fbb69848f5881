import type { Store } from '../../../platform/store/store.ts';
import type { DeathRow } from './deaths.ts';
import type { Arrival, Span } from './history.ts';

interface JournalRow {
  op: Arrival['op'];
  uid: string;
  resource_version: string;
  observed_at: string;
}

interface CoverageRow {
  kind: string;
  state: string;
  from: string;
  to: string | null;
}

/** What the store holds of a cluster: its objects' entries in order, the spans of its coverage, its deaths. */
export async function readRecorded(
  store: Store,
  cluster: string,
): Promise<{ arrivals: Arrival[]; spans: Span[]; deaths: DeathRow[] }> {
  const entries = await store.query<JournalRow>(
    `SELECT op, uid, resource_version, observed_at FROM journal WHERE cluster = {cluster:String} AND uid != '' AND kind != 'log'
     ORDER BY offset`,
    { cluster },
  );
  const spans = await store.query<CoverageRow>(
    'SELECT kind, state, `from`, `to` FROM coverage WHERE cluster = {cluster:String} ORDER BY `from`',
    { cluster },
  );
  const deaths = await store.query<DeathRow>(
    `SELECT id, pod_uid, container, generation, ordinal FROM exceptions WHERE cluster = {cluster:String} AND type = 'death'`,
    { cluster },
  );
  return {
    arrivals: entries.map(({ op, uid, resource_version, observed_at }) => ({
      op,
      uid,
      revision: Number(resource_version),
      at: Date.parse(observed_at),
    })),
    // An open span that another took the place of ends where it began: it says nothing.
    spans: spans
      .filter(({ from, to }) => from !== to)
      .map(({ kind, state, from, to }) => ({
        source: kind,
        state,
        from: Date.parse(from),
        to: to === null ? null : Date.parse(to),
      })),
    deaths,
  };
}
