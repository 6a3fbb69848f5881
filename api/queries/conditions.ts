/** Gathers a query's conditions and bound parameters. Values never become part of the SQL. */
export interface Conditions {
  readonly params: Record<string, unknown>;
  /** Binds a value and returns its placeholder. */
  readonly bind: (type: string, value: unknown) => string;
  readonly and: (condition: string) => void;
  /** `(a) AND (b)`, or `1` for none. */
  readonly sql: () => string;
}

export function createConditions(): Conditions {
  const params: Record<string, unknown> = {};
  const parts: string[] = [];
  let next = 0;
  return {
    params,
    bind(type, value) {
      const name = `p${next++}`;
      params[name] = value;
      return `{${name}:${type}}`;
    },
    and: (condition) => void parts.push(condition),
    sql: () => (parts.length > 0 ? parts.join(' AND ') : '1'),
  };
}

/** Conditions of a subquery: its values are bound beside the outer query's. */
export const nestedConditions = ({ params, bind }: Conditions): Conditions => ({
  ...createConditions(),
  params,
  bind,
});

/** A bound instant, as a DateTime64(3) in UTC. */
export const bindTime = (conditions: Conditions, ms: number): string =>
  `fromUnixTimestamp64Milli(${conditions.bind('Int64', ms)}, 'UTC')`;

/**
 * A condition of rows of a view with FINAL: those of which some version fulfils another, which a skip index can decide. FINAL by
 * itself reads around such an index whatever has the key range in common. `key`: the table's ORDER BY.
 */
export const someVersion = (table: string, key: string, condition: string): string =>
  `(${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition})`;

/** Partitions hold whole months of `observed_at`, which never changes: rows need merging within one only. */
export const FINAL_SETTINGS = 'SETTINGS do_not_merge_across_partitions_select_final = 1';
