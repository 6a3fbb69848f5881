import type { ComparedCount, ComparedReason, ComparedUsage } from './runs-api.ts';

/** What a difference means: for the worse, for the better, just another figure, or there on one side only. */
export type Judgement = 'worse' | 'better' | 'more' | 'fewer' | 'same' | 'new' | 'gone' | 'unknown';

interface Sides {
  readonly a: number | null;
  readonly b: number | null;
}
type Hourly = Pick<ComparedCount, 'a' | 'b' | 'a_per_hour' | 'b_per_hour'>;

/** Ends of ranges fall anywhere within a minute: a rate that differs by less says nothing. */
const RATE_NOISE = 0.02;
/** Shares of a limit, or of CPU periods: a point. */
const SHARE_NOISE = 0.01;

/** More is neither good nor bad of these. */
const NEUTRAL = new Set<string>(['rollouts']);

/** Held against each other by the hour, since the lengths may differ. */
export function judgeCount({ a, b, a_per_hour: before, b_per_hour: after }: Hourly, neutral = false): Judgement {
  const [from, to] = before === null || after === null ? [a, b] : [before, after];
  if (from === null || to === null) return 'unknown';
  if (Math.abs(to - from) <= RATE_NOISE * Math.max(from, to)) return 'same';
  // At the other's rate it would have been less than one more or fewer.
  if (b !== null && b > 0 && to > 0 && Math.abs(b - (from * b) / to) < 1) return 'same';
  if (to > from) return neutral ? 'more' : 'worse';
  return neutral ? 'fewer' : 'better';
}

export const judgeNamedCount = (count: ComparedCount): Judgement => judgeCount(count, NEUTRAL.has(count.name));

/** A reason that only one run had is new or gone; else more of it is worse. */
export function judgeReason({ count }: ComparedReason): Judgement {
  if (count.a === 0 && count.b !== 0) return 'new';
  if (count.b === 0 && count.a !== 0) return 'gone';
  return judgeCount(count);
}

/** Shares from 0 to 1 and above, of which more is worse. */
export function judgeShare({ a, b }: Sides): Judgement {
  if (a === null || b === null) return 'unknown';
  if (Math.abs(b - a) < SHARE_NOISE) return 'same';
  return b > a ? 'worse' : 'better';
}

/** One thing of a workload that differs. */
export interface UsageChange {
  readonly what:
    | 'cpu_request'
    | 'cpu_limit'
    | 'memory_request'
    | 'memory_limit'
    | 'danger_cpu'
    | 'danger_memory'
    | 'throttled'
    | 'oom_kills';
  readonly judgement: Judgement;
  readonly a: number | null;
  readonly b: number | null;
}

/** Whether one of two settings differs by more than rounding. Unknown and none are told apart by nobody: null is none. */
function settingChanged({ a, b }: Sides): boolean {
  if (a === null || b === null) return a !== b;
  return Math.abs(b - a) > 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

/** Whether a workload is in both runs, or came or went. */
export function presence({ cluster_a: a, cluster_b: b }: ComparedUsage): 'both' | 'new' | 'gone' {
  if (a === null) return 'new';
  return b === null ? 'gone' : 'both';
}

/** Its requests and limits that were changed, and how it fared; nothing of a workload that only one run has. */
export function usageChanges(row: ComparedUsage): UsageChange[] {
  if (presence(row) !== 'both') return [];
  const set = (['cpu', 'memory'] as const).flatMap((resource) =>
    (['request', 'limit'] as const).flatMap((figure): UsageChange[] => {
      const { a, b } = row[resource][figure];
      if (!settingChanged({ a, b })) return [];
      const judgement = a !== null && b !== null ? (b > a ? 'more' : 'fewer') : a === null ? 'new' : 'gone';
      return [{ what: `${resource}_${figure}`, judgement, a, b }];
    }),
  );
  const shares = [
    ['danger_cpu', row.cpu.danger],
    ['danger_memory', row.memory.danger],
    ['throttled', row.throttled.avg],
  ] as const;
  const fared = shares.flatMap(([what, { a, b }]): UsageChange[] => {
    const judgement = judgeShare({ a, b });
    return judgement === 'worse' || judgement === 'better' ? [{ what, judgement, a, b }] : [];
  });
  const { a, b } = row.oom_kills;
  const killed: UsageChange[] =
    a === null || b === null || a === b ? [] : [{ what: 'oom_kills', judgement: b > a ? 'worse' : 'better', a, b }];
  return [...set, ...fared, ...killed];
}

const WEIGHT: Readonly<Record<Judgement, number>> = {
  worse: 8,
  new: 4,
  gone: 4,
  more: 3,
  fewer: 3,
  better: 2,
  unknown: 0,
  same: 0,
};

/** Those with something to see first: worse, then changed settings, came or gone, better; the rest as they came. */
export function byChange(rows: readonly ComparedUsage[]): { row: ComparedUsage; changes: UsageChange[] }[] {
  const weightOf = (row: ComparedUsage, changes: readonly UsageChange[]): number =>
    Math.max(presence(row) === 'both' ? 0 : 1, ...changes.map(({ judgement }) => WEIGHT[judgement]));
  return rows
    .map((row) => ({ row, changes: usageChanges(row) }))
    .toSorted((x, y) => weightOf(y.row, y.changes) - weightOf(x.row, x.changes));
}
