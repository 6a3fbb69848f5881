import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { Measure } from '../../../schemas/usage.ts';
import type { Scope } from '../../scope.ts';
import { createConditions, FINAL_SETTINGS } from '../conditions.ts';
import type { UsageKey } from './keys.ts';
import { usageSql, type UsageChoice } from './partials.ts';

/** One step: which, counted from the Unix epoch; `x_` maximum, `s_` sum and `c_` count of the known instants. */
export type StoredStep = { readonly slot: number } & Readonly<
  Partial<Record<`${'x' | 's' | 'c'}_${Measure}`, number | null>>
>;

/** The steps of one pod or group in which anything is known, oldest first. */
export function listUsageSteps(
  scope: Scope,
  store: Store,
  request: UsageChoice & { measures: readonly Measure[]; slotMs: number; keys?: readonly UsageKey[] },
  options: QueryOptions,
): Promise<StoredStep[]> {
  const conditions = createConditions();
  const figures = request.measures.flatMap((one) => [
    `max(usage.x_${one}) AS x_${one}`,
    `sum(usage.s_${one}) AS s_${one}`,
    `sum(usage.c_${one}) AS c_${one}`,
  ]);
  const sql = `
    SELECT slot, ${figures.join(', ')} FROM (${usageSql(conditions, scope, { ...request, spread: [] })}) AS usage
    GROUP BY slot ORDER BY slot ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}
