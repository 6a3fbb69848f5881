import { setImmediate as letOthersRun } from 'node:timers/promises';
import { TIME_BOUNDS_MS } from '../../schemas/column.ts';
import { parseEntry, type Entry } from '../../schemas/entry.ts';
import { deadLettersTable, type DeadLetterRow } from '../../schemas/journal.ts';
import type { JournalRecord } from '../../platform/bus/journal.ts';
import { toTime } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import { BatchRows, type Derived } from './batch-rows.ts';
import type { Life } from './claims.ts';
import { BadEntry, type Fold, type FoldContext } from './fold.ts';
import type { FoldMemory } from './fold-memory.ts';
import { createGapRows } from './gap-rows.ts';
import { misfit } from './row-check.ts';
import { judge, numberOf, type Sequence } from './sequence.ts';

const YIELD_EVERY = 500;
const DEAD_LETTER_CHARACTERS = 64 * 1024;

/** A fold of one assignment with its state. */
export interface LiveFold {
  readonly fold: Fold;
  readonly memory: FoldMemory;
}

export interface Batch {
  readonly life: Life;
  readonly cluster: string;
  readonly records: readonly JournalRecord[];
  readonly folds: readonly LiveFold[];
  readonly sequence: Sequence;
  /** Why entries before this batch are missing, to be reported with the first entry; '' when none are. */
  readonly gap: string;
  readonly signal: AbortSignal;
}

export interface FoldedBatch {
  readonly rows: BatchRows;
  readonly deadLetters: DeadLetterRow[];
  readonly sequence: Sequence;
  /** What is left of `gap` when the batch held nothing that could date it. */
  readonly gap: string;
  readonly gaps: number;
}

/** Where an unknown error came up: the reader stops there. */
export class FoldFailure extends Error {
  override readonly name = 'FoldFailure';
  readonly fold: string;
  readonly offset: number;

  constructor(fold: string, offset: number, cause: unknown) {
    super(`the fold ${fold} failed at offset ${offset}: ${messageOf(cause)}`, { cause });
    this.fold = fold;
    this.offset = offset;
  }
}

/**
 * Folds a batch in memory: reads each record, drops repeats, reports holes and gaps, and applies every fold. Makes no
 * I/O; gives way to other work now and then. Throws FoldFailure for what no fold has declared bad.
 */
export async function foldBatch(batch: Batch): Promise<FoldedBatch> {
  const rows = new BatchRows();
  const deadLetters: DeadLetterRow[] = [];
  let { sequence, gap } = batch;
  const gaps = createGapRows(rows, { cluster: batch.cluster, group: batch.life.group });
  const appliers = batch.folds.map((live) => applierOf(batch, live, { rows, deadLetters }));
  for (const [index, record] of batch.records.entries()) {
    if (index % YIELD_EVERY === YIELD_EVERY - 1) {
      await letOthersRun();
      batch.signal.throwIfAborted();
    }
    const parsed = parseEntry(record.value);
    const entry = 'entry' in parsed ? parsed.entry : null;
    const numbered = entry ?? numberOf(record.value);
    const before = sequence;
    const seenAt = numbered?.observed_at ?? writtenAt(record);
    let late = false;
    if (numbered) {
      const { verdict, sequence: after } = judge(sequence, numbered, record.offset === 0);
      sequence = after;
      if (verdict.kind === 'unknown') gaps.unknown(numbered, seenAt);
      if (verdict.kind !== 'next') continue;
      ({ late } = verdict);
      if (verdict.missing > 0 && !gap) gaps.hole(verdict.after, numbered, verdict.missing, seenAt);
      if (late) gaps.late(numbered, seenAt);
    }
    if (gap) {
      gaps.told(gap, before.observedAt ?? seenAt, seenAt);
      gap = '';
    }
    if (entry) {
      let heard: readonly Emitted[] = [];
      for (const apply of appliers) {
        const made = apply(record, entry, { stats: sequence, late, heard });
        if (made.length > 0) heard = [...heard, ...made];
      }
    } else if ('reason' in parsed) {
      deadLetters.push(deadLetter(batch.life, record, parsed.reason, parsed.message));
    }
  }
  for (const [index, row] of deadLetters.entries()) rows.put(deadLettersTable, `${row.offset}/${index}`, row);
  return { rows, deadLetters, sequence, gap, gaps: gaps.count };
}

type Emitted = Parameters<FoldContext['emit']>;

/** What comes with an entry: `heard` are the rows that the folds before have made of it. */
interface Circumstances {
  readonly stats: Sequence;
  readonly late: boolean;
  readonly heard: readonly Emitted[];
}

/**
 * Applies one fold to entries, one after the other, and gives the rows that it has made; nothing of an entry stays when the fold
 * finds it bad, or makes a row of it that fits no table. What is handed to the fold is made once, not for every entry.
 */
function applierOf(
  batch: Batch,
  live: LiveFold,
  into: { rows: BatchRows; deadLetters: DeadLetterRow[] },
): (record: JournalRecord, entry: Entry, circumstances: Circumstances) => readonly Emitted[] {
  let emitted: Emitted[] = [];
  let published: Derived[] = [];
  const context: { -readonly [Field in keyof FoldContext]: FoldContext[Field] } = {
    cluster: batch.cluster,
    logId: batch.life.logId,
    offset: -1,
    value: '',
    state: live.memory,
    stats: batch.sequence,
    late: false,
    emit: (...row) => void emitted.push(row),
    publish: (kind, key, row) => void published.push({ kind, key, row }),
  };
  return (record, entry, { stats, late, heard }) => {
    context.offset = record.offset;
    context.value = record.value;
    context.stats = stats;
    context.late = late;
    if (emitted.length > 0) emitted = [];
    if (published.length > 0) published = [];
    try {
      live.fold.apply(entry, context);
      if (live.fold.hear) for (const [table, , row] of heard) live.fold.hear(table, row, context);
      for (const [table, , row] of emitted) {
        const wrong = misfit(table, row);
        if (wrong !== null) throw new BadEntry('bad_row', wrong);
      }
    } catch (error) {
      if (!(error instanceof BadEntry)) throw new FoldFailure(live.fold.name, record.offset, error);
      if (live.memory.undo()) live.fold.restore?.(live.memory);
      into.deadLetters.push(deadLetter(batch.life, record, error.reason, `${live.fold.name}: ${error.message}`));
      return [];
    }
    live.memory.keep();
    for (const [table, key, row] of emitted) into.rows.put(table, key, row);
    for (const derived of published) into.rows.publish(derived);
    return emitted;
  };
}

/** When the record was written. Its writer chose that number freely: one that the store cannot hold is its nearest. */
const writtenAt = ({ timestamp }: JournalRecord): string =>
  toTime(Math.min(Math.max(timestamp, TIME_BOUNDS_MS.first), TIME_BOUNDS_MS.last));

function deadLetter(life: Life, record: JournalRecord, reason: string, message: string): DeadLetterRow {
  return {
    topic: life.topic,
    log_id: life.logId,
    offset: record.offset,
    group: life.group,
    reason,
    message,
    value: record.value.slice(0, DEAD_LETTER_CHARACTERS).toWellFormed(),
    observed_at: writtenAt(record),
  };
}
