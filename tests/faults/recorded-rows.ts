import type { Store } from '../../platform/store/store.ts';

/** A row of type death. */
export interface DeathRow {
  readonly id: string;
  readonly pod_uid: string;
  readonly container: string;
  readonly generation: number;
  readonly ordinal: number;
  /** Unknown: nothing but the restart count told of it. */
  readonly reason: string;
}

/** A span of coverage; times in milliseconds since the epoch, null where it is open. */
export interface Span {
  /** What it tells of: a resource as the agent names it, or the journal itself. */
  readonly source: string;
  readonly state: string;
  readonly from: number;
  readonly to: number | null;
}

/** All deaths that the store tells of in a cluster. */
export const readDeaths = (store: Store, cluster: string): Promise<DeathRow[]> =>
  store.query<DeathRow>(
    `SELECT id, pod_uid, container, generation, ordinal, reason FROM exceptions
     WHERE cluster = {cluster:String} AND type = 'death'`,
    { cluster },
  );

/** All spans of a cluster in the order of their beginnings. */
export async function readSpans(store: Store, cluster: string): Promise<Span[]> {
  const rows = await store.query<{ kind: string; state: string; from: string; to: string | null }>(
    'SELECT kind, state, `from`, `to` FROM coverage WHERE cluster = {cluster:String} ORDER BY `from`',
    { cluster },
  );
  return rows.map(({ kind, state, from, to }) => ({
    source: kind,
    state,
    from: Date.parse(from),
    to: to === null ? null : Date.parse(to),
  }));
}
