import type { Store } from '../../../platform/store/store.ts';
import { readDeaths, readSpans, type DeathRow, type Span } from '../recorded-rows.ts';
import type { Arrival } from './history.ts';

interface JournalRow {
  op: Arrival['op'];
  uid: string;
  resource_version: string;
  observed_at: string;
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
  const spans = await readSpans(store, cluster);
  return {
    arrivals: entries.map(({ op, uid, resource_version, observed_at }) => ({
      op,
      uid,
      revision: Number(resource_version),
      at: Date.parse(observed_at),
    })),
    // An open span that another took the place of ends where it began: it says nothing.
    spans: spans.filter(({ from, to }) => from !== to),
    deaths: await readDeaths(store, cluster),
  };
}
