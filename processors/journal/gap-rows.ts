import { coverageTable, type CoverageRow } from '../../schemas/journal.ts';
import { fromTime } from '../../platform/clock.ts';
import type { BatchRows } from './batch-rows.ts';
import type { AgentLife } from './sequence.ts';

/**
 * Holes of one epoch that begin so soon after the one before are told as one gap: a log that was thinned at its bound has a
 * hole after nearly every entry that stayed.
 */
const NEAR_MS = 60_000;

/** The `kind` under which the coverage table tells what a group of folds has missed: `journal`, or `journal/archive`. */
const journalKind = (group: string): string => (group === 'journal' ? group : `journal/${group}`);

interface Numbered {
  readonly epoch: number;
  readonly seq: number;
}

/** Entries of one epoch that share one row. */
interface Run {
  readonly from: string;
  readonly to: string;
  readonly entries: number;
}

interface Hole {
  readonly from: string;
  readonly to: string;
  readonly after: string;
  readonly epoch: number;
  readonly missing: number;
}

/** The gaps of one batch, as rows of the coverage table. */
export interface GapRows {
  readonly count: number;
  /** What is missing before an entry for a reason that is known. */
  told(reason: string, from: string, to: string): void;
  /** `missing` numbers between `after` and the entry that was observed at `seenAt`. */
  hole(after: AgentLife | null, entry: Numbered, missing: number, seenAt: string): void;
  /** An entry that another agent's newer entries have overtaken. */
  late(entry: Numbered, seenAt: string): void;
  /** An entry that was not folded, since nobody knows any more whether it had been. */
  unknown(entry: Numbered, seenAt: string): void;
}

export function createGapRows(rows: BatchRows, { cluster, group }: { cluster: string; group: string }): GapRows {
  let count = 0;
  let last: Hole | null = null;
  const runs = new Map<string, Run>();
  const put = (state: 'gap' | 'late', from: string, to: string, reason: string): void => {
    const kind = journalKind(group);
    const row: Omit<CoverageRow, 'version'> = {
      cluster,
      kind,
      namespace: '',
      state,
      from,
      to: to < from ? from : to,
      reason,
      vanished: 0,
    };
    rows.put(coverageTable, `${kind}//${from}/${state}`, row);
  };
  /** The run that `seenAt` goes on, or a new one; both are of one state and epoch. */
  const runOf = (state: 'gap' | 'late', epoch: number, seenAt: string): Run => {
    const key = `${state} ${epoch}`;
    const before = runs.get(key);
    const near = before && Math.abs(fromTime(seenAt) - fromTime(before.to)) <= NEAR_MS ? before : null;
    if (!near && state === 'gap') count++;
    const to = near && near.to > seenAt ? near.to : seenAt;
    const run = { from: near?.from ?? seenAt, to, entries: (near?.entries ?? 0) + 1 };
    runs.set(key, run);
    return run;
  };
  return {
    get count() {
      return count;
    },
    told(reason, from, to) {
      count++;
      last = null;
      put('gap', from, to, reason);
    },
    hole(before, { epoch, seq }, missing, seenAt) {
      const from = before?.observedAt ?? seenAt;
      const near = last?.epoch === epoch && fromTime(from) - fromTime(last.to) <= NEAR_MS ? last : null;
      if (!near) count++;
      const start = before === null ? 'the start' : `${before.epoch}/${before.seq}`;
      last = {
        from: near?.from ?? from,
        to: seenAt,
        after: near?.after ?? start,
        epoch,
        missing: (near?.missing ?? 0) + missing,
      };
      put(
        'gap',
        last.from,
        last.to,
        `journal: ${last.missing} entries missing between ${last.after} and ${epoch}/${seq}`,
      );
    },
    late({ epoch, seq }, seenAt) {
      const { from, to, entries } = runOf('late', epoch, seenAt);
      const reason = `journal: ${entries} entries up to ${epoch}/${seq} came after newer ones of another agent`;
      put('late', from, to, reason);
    },
    unknown({ epoch, seq }, seenAt) {
      const { from, to, entries } = runOf('gap', epoch, seenAt);
      const reason = `journal: ${entries} entries up to ${epoch}/${seq} were not taken: their epoch is forgotten`;
      put('gap', from, to, reason);
    },
  };
}
