import { describe, expect, it } from 'vitest';
import type { JournalPartition, JournalRecord } from '../../platform/bus/journal.ts';
import { FakeClock } from '../../platform/clock.ts';
import { gather, readRange, type GatherOptions } from './gather.ts';
import { recordOf } from './testing/fake-journal.ts';

const options: GatherOptions = { maxRecords: 5, maxBytes: 1_000, intervalMs: 1_000, settleMs: 50, idleWaitMs: 1_000 };

function growing(page = 100) {
  const records: JournalRecord[] = [];
  const partition: JournalPartition = {
    topic: 't',
    logId: 'l',
    signal: new AbortController().signal,
    bounds: () => Promise.resolve({ first: 0, next: records.length }),
    saved: () => Promise.resolve(),
    read: (from, { maxRecords }) => Promise.resolve(records.slice(from, from + Math.min(page, maxRecords))),
  };
  const grow = (count: number, value = 'x') => {
    for (let n = 0; n < count; n++) records.push(recordOf(records.length, value));
  };
  return { partition, grow };
}

it('waits for the companions of the first entry, and no longer than until the next batch is due', async () => {
  const clock = new FakeClock();
  const { partition, grow } = growing();
  grow(1);
  const gathered = gather(partition, clock, 0, clock.now() + 600, options);
  await clock.advance(500);
  grow(2);
  await clock.advance(100);
  expect(await gathered).toHaveLength(3);
});

it('waits no longer than an interval, though the system clock was set back by an hour', async () => {
  const clock = new FakeClock();
  const { partition, grow } = growing();
  grow(1);
  const gathered = gather(partition, clock, 0, clock.now() + 3600_000 + 600, options);
  await clock.advance(options.intervalMs);
  const waited = await Promise.race([gathered, Promise.resolve('still waiting')]);
  expect(waited).toHaveLength(1);
});

it('lets the first entry after a quiet time wait only to settle', async () => {
  const clock = new FakeClock();
  const { partition, grow } = growing();
  grow(1);
  const gathered = gather(partition, clock, 0, clock.now() - 5_000, options);
  await clock.advance(50);
  expect(await gathered).toHaveLength(1);
});

it.each([
  ['records', 'x', 5],
  ['bytes', 'x'.repeat(400), 3],
])('takes a batch that is full by %s at once', async (_, value, expected) => {
  const { partition, grow } = growing(1);
  grow(20, value);
  const clock = new FakeClock();
  expect(await gather(partition, clock, 0, clock.now() + 600, options)).toHaveLength(expected);
});

it('answers nothing when nothing came', async () => {
  expect(await gather(growing().partition, new FakeClock(), 0, 0, options)).toEqual([]);
});

describe('the records of a claimed range', () => {
  const range = { from: 0, last: 9 };

  it('are read on from those at hand, page by page, and no further', async () => {
    const { partition, grow } = growing(3);
    grow(20);
    const { records, lost } = await readRange(partition, range, [recordOf(0, 'x')], options);
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lost).toBe(false);
  });

  it('are lost where the log ends before them', async () => {
    const { partition, grow } = growing();
    grow(5);
    const { records, lost } = await readRange(partition, range, [], options);
    expect(records).toHaveLength(5);
    expect(lost).toBe(true);
  });

  it('are not given up while the log holds them, though an outage keeps them from being read', async () => {
    const { partition, grow } = growing();
    grow(20);
    let away = 3;
    const read: JournalPartition['read'] = async (from, limit) => (away-- > 0 ? [] : partition.read(from, limit));
    expect((await readRange({ ...partition, read }, range, [], options)).records).toHaveLength(10);
    away = Infinity;
    const failing = readRange({ ...partition, read }, range, [], options);
    await expect(failing).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});
