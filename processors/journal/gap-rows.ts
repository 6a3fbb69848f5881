import { coverageTable, type CoverageRow } from '../../schemas/journal.ts';
import type { BatchRows } from './batch-rows.ts';
import type { Sequence } from './sequence.ts';

/**
 * Holes of one epoch that begin so soon after the one before are told as one gap: a log that was thinned at its bound has a
 * hole after nearly every entry that stayed.
 */
const NEAR_MS = 60_000;

/** The `kind` under which the coverage table tells what a group of folds has missed: `journal`, or `journal/archive`. */
const journalKind = (group: string): string => (group === 'journal' ? group : `journal/${group}`);

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
  /** `missing` numbers between `before` and the entry that was observed at `seenAt`. */
  hole(
    before: Sequence,
    entry: { readonly epoch: number; readonly seq: number },
    missing: number,
    seenAt: string,
  ): void;
}

export function createGapRows(rows: BatchRows, { cluster, group }: { cluster: string; group: string }): GapRows {
  let count = 0;
  let last: Hole | null = null;
  const put = (from: string, to: string, reason: string): void => {
    const kind = journalKind(group);
    const row: Omit<CoverageRow, 'version'> = {
      cluster,
      kind,
      namespace: '',
      state: 'gap',
      from,
      to: to < from ? from : to,
      reason,
      vanished: 0,
    };
    rows.put(coverageTable, `${kind}//${from}/gap`, row);
  };
  return {
    get count() {
      return count;
    },
    told(reason, from, to) {
      count++;
      last = null;
      put(from, to, reason);
    },
    hole(before, { epoch, seq }, missing, seenAt) {
      const from = before.observedAt ?? seenAt;
      const near = last?.epoch === epoch && Date.parse(from) - Date.parse(last.to) <= NEAR_MS ? last : null;
      if (!near) count++;
      const start = before.epoch === null ? 'the start' : `${before.epoch}/${before.seq}`;
      last = {
        from: near?.from ?? from,
        to: seenAt,
        after: near?.after ?? start,
        epoch,
        missing: (near?.missing ?? 0) + missing,
      };
      put(last.from, last.to, `journal: ${last.missing} entries missing between ${last.after} and ${epoch}/${seq}`);
    },
  };
}
