import type { ExceptionRow } from '../../../schemas/exceptions.ts';

type Told = Pick<ExceptionRow, 'verdict' | 'rule' | 'container_kind' | 'exit_code' | 'type'>;

/** Such rules say that somebody wanted it, or that it is not the container's own. These two do not: most bad releases die at once. */
const RULES_THAT_COUNT: ReadonlySet<string> = new Set(['startup', 'before-first-sight']);
const MEANT_TO_END: ReadonlySet<number> = new Set([0, 143]);

/** Whether its rule leaves it to count as trouble of the pod. */
export const mayCount = ({ verdict, rule }: Pick<Told, 'verdict' | 'rule'>): boolean =>
  verdict === 'reported' || RULES_THAT_COUNT.has(rule);

/** A container ended, or is stuck, of itself, and one that is to run on should not have. */
export function isAbnormal(row: Told): boolean {
  if (!mayCount(row) || row.container_kind === 'ephemeral') return false;
  if (row.type === 'stuck') return true;
  // Of what came before the first sight no other rule has been asked.
  if (row.rule === 'before-first-sight' && MEANT_TO_END.has(row.exit_code ?? 0)) return false;
  return !(row.container_kind === 'init' && row.exit_code === 0);
}
