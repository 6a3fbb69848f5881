import { createRandom, type Random } from '../../../demo/cluster/random.ts';
import type { InsertStage } from './store-proxy.ts';

/** Where in its work a processor is hit: whichever comes first to this insert. */
export interface Point {
  readonly table: string;
  readonly stage: InsertStage;
}

/** `zombie`: the process is stopped at the point, and wakes after another has taken its range over. */
export type ProcessorFault =
  | { readonly kind: 'kill'; readonly at: Point; readonly awayDeaths: number }
  | { readonly kind: 'zombie'; readonly at: Point }
  | { readonly kind: 'join' }
  | { readonly kind: 'leave' };

/** The rest of the installation: ended after so many more deaths, started again after so many more. */
export interface RoleFault {
  readonly role: 'agent' | 'broker' | 'store';
  readonly afterDeaths: number;
  readonly awayDeaths: number;
}

/** Two rows of faults that run beside each other. */
export interface Plan {
  readonly processors: readonly ProcessorFault[];
  readonly roles: readonly RoleFault[];
  /** Kills and stops, without those that come and go in good order. */
  readonly kills: number;
}

/** Of twenty kills. */
const SHARE = { kill: 5, zombie: 2, agent: 6, broker: 3, store: 4 };
const OF = 20;
const TABLES = ['fold_claims', 'journal', 'exceptions_versions', 'exception_logs_versions', 'fold_state'];
/** A zombie stands between its claim and the end of its batch. */
const UNSENT_POINTS: readonly Point[] = [
  { table: 'journal', stage: 'before' },
  { table: 'exceptions_versions', stage: 'before' },
  { table: 'fold_state', stage: 'before' },
];
const ZOMBIE_POINTS: readonly Point[] = [{ table: 'fold_claims', stage: 'after' }, ...UNSENT_POINTS];
const LONGEST_DEATHS = 12;

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  return Array.from({ length: left.length }, () => left.splice(random.int(0, left.length - 1), 1)[0] as T);
}

/** The same seed gives the same faults, in the same order, at the same points. */
export function planOf(seed: number, kills: number): Plan {
  const random = createRandom(`process-faults/${seed}`);
  const times = (share: number) => Math.max(1, Math.round((share * kills) / OF));
  const point = (): Point => ({ table: random.pick(TABLES), stage: random.pick(['before', 'after'] as const) });
  const many = <T>(share: number, make: (at: number) => T): T[] =>
    Array.from({ length: times(share) }, (_, at) => make(at));
  const hits: ProcessorFault[] = shuffled(random, [
    ...many(SHARE.kill, () => ({ kind: 'kill' as const, at: point(), awayDeaths: random.int(0, LONGEST_DEATHS) })),
    // At least one of them wakes with an insert in its hands.
    ...many(SHARE.zombie, (at) => ({
      kind: 'zombie' as const,
      at: random.pick(at === 0 ? UNSENT_POINTS : ZOMBIE_POINTS),
    })),
  ]);
  // Before every third hit the third processor comes or goes.
  const processors = hits.flatMap((hit, index): ProcessorFault[] =>
    index % 3 === 1 ? [{ kind: index % 6 === 1 ? 'join' : 'leave' }, hit] : [hit],
  );
  const role = (name: RoleFault['role']) => (): RoleFault => ({
    role: name,
    afterDeaths: random.int(4, 2 * LONGEST_DEATHS),
    awayDeaths: random.int(0, LONGEST_DEATHS),
  });
  const roles = shuffled(random, [
    ...many(SHARE.agent, role('agent')),
    ...many(SHARE.broker, role('broker')),
    ...many(SHARE.store, role('store')),
  ]);
  return { processors, roles, kills: hits.length + roles.length };
}
