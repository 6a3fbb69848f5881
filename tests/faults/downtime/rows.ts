import type { Store } from '../../../platform/store/store.ts';

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
  readonly kind: string;
  readonly state: string;
  readonly from: number;
  readonly to: number | null;
}

export interface Rows {
  readonly deaths: readonly DeathRow[];
  readonly spans: readonly Span[];
}

export async function readRows(store: Store, cluster: string): Promise<Rows> {
  const deaths = await store.query<DeathRow>(
    `SELECT id, pod_uid, container, generation, ordinal, reason FROM exceptions
     WHERE cluster = {cluster:String} AND type = 'death'`,
    { cluster },
  );
  const spans = await store.query<{ kind: string; state: string; from: string; to: string | null }>(
    'SELECT kind, state, `from`, `to` FROM coverage WHERE cluster = {cluster:String} ORDER BY `from`',
    { cluster },
  );
  return {
    deaths,
    spans: spans.map(({ from, to, ...span }) => ({
      ...span,
      from: Date.parse(from),
      to: to === null ? null : Date.parse(to),
    })),
  };
}
