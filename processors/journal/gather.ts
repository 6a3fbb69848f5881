import type { JournalPartition, JournalRecord } from '../../platform/bus/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, isAppError } from '../../platform/errors.ts';

export interface GatherOptions {
  readonly maxRecords: number;
  /** Of all values together, in UTF-16 units. */
  readonly maxBytes: number;
  /** Batches that are not full begin at least this far apart: about one part a table in that time. */
  readonly intervalMs: number;
  /** How long the first entry after a quiet time waits for its companions. */
  readonly settleMs: number;
  /** How long one read waits for the first entry. */
  readonly idleWaitMs: number;
}

/**
 * Gathers a batch from `from` on. A full one goes at once, so a reader that lies behind takes the largest batches; one
 * that is up to date waits until `notBefore`. Empty when nothing came.
 */
export async function gather(
  partition: JournalPartition,
  clock: Clock,
  from: number,
  notBefore: number,
  options: GatherOptions,
): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  let bytes = 0;
  /** Takes what is there; answers whether there is room for more. */
  const take = async (waitMs: number): Promise<boolean> => {
    for (;;) {
      const room = { maxRecords: options.maxRecords - records.length, maxBytes: options.maxBytes - bytes };
      if (room.maxRecords <= 0 || room.maxBytes <= 0) return false;
      const page = await partition.read((records.at(-1)?.offset ?? from - 1) + 1, {
        ...room,
        waitMs: records.length === 0 ? waitMs : 0,
      });
      if (page.length === 0) return true;
      for (const record of page) {
        records.push(record);
        bytes += record.value.length;
      }
    }
  };
  if ((await take(options.idleWaitMs)) && records.length > 0) {
    // No longer than an interval, though the system clock was set back meanwhile.
    const untilDue = Math.min(notBefore - clock.now(), options.intervalMs);
    await clock.sleep(Math.max(options.settleMs, untilDue), partition.signal);
    partition.signal.throwIfAborted();
    await take(0);
  }
  return records;
}

const PATIENCE = 10;

/**
 * Exactly the records of from..last, begun with those at hand and read on where the range is longer. `lost` says that
 * some are gone: retention has passed them, or the log's end stays short of `last`. A journal waits an outage out like a
 * quiet time, so that nothing came proves no loss: while the log says that it holds more, throws a retryable AppError
 * `unavailable`.
 */
export async function readRange(
  partition: JournalPartition,
  range: { from: number; last: number },
  atHand: readonly JournalRecord[],
  options: GatherOptions,
): Promise<{ records: JournalRecord[]; lost: boolean }> {
  const records = atHand.filter((record) => record.offset >= range.from && record.offset <= range.last);
  let next = (records.at(-1)?.offset ?? range.from - 1) + 1;
  let lost = false;
  for (let empty = 0; next <= range.last;) {
    const page = await partition
      .read(next, { maxRecords: options.maxRecords, maxBytes: options.maxBytes, waitMs: options.idleWaitMs })
      .catch((error: unknown) => {
        const first = isAppError(error, 'offset_out_of_range') ? Number(error.details['first']) : Number.NaN;
        if (!(first > next)) throw error;
        lost = true;
        next = first;
        return null;
      });
    if (page === null) continue;
    if (page.length === 0) {
      if (++empty < PATIENCE) continue;
      if ((await partition.bounds()).next <= next) break;
      throw new AppError('unavailable', `nothing can be read of ${partition.topic} from ${next} on`, {
        retryable: true,
      });
    }
    for (const record of page) if (record.offset <= range.last) records.push(record);
    next = page[page.length - 1]!.offset + 1;
  }
  if (next <= range.last) lost = true;
  return { records, lost };
}
