import { describe, expect, test } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { parseEntry } from '../../schemas/entry.ts';
import { createFakeLocalLog, diskFull } from './fake-local-log.ts';
import { createJournalWriter, EPOCH_META, type Draft, type JournalWriterOptions } from './journal-writer.ts';
import { SettlingClock } from './settling-clock.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const draft = (name: string, object: Record<string, unknown> = {}): Draft => ({
  kind: 'pod',
  op: 'add',
  namespace: 'shop',
  name,
  uid: `u-${name}`,
  resource_version: '1',
  object,
});

function setUp(options: Partial<JournalWriterOptions> = {}, localLog = createFakeLocalLog(), stopping?: AbortSignal) {
  const clock = new SettlingClock(START);
  const counts: Record<string, number> = {};
  const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  const writer = createJournalWriter({
    localLog,
    clock,
    log: silentLogger,
    count,
    options,
    ...(stopping ? { stopping } : {}),
  });
  return { clock, counts, writer, localLog };
}

describe('the journal writer', () => {
  test('numbers entries from 1 without a hole, in the order of the calls, and each is a valid entry', async () => {
    const { writer, localLog, clock } = setUp();
    void writer.write([draft('a'), draft('b')]);
    await clock.advance(5);
    void writer.write([draft('c')]);
    await writer.flush();
    expect(localLog.entries().map((one) => [one.seq, one.name, one.epoch])).toEqual([
      [1, 'a', START],
      [2, 'b', START],
      [3, 'c', START],
    ]);
    for (const batch of localLog.batches)
      for (const value of batch.values) expect(parseEntry(value)).toHaveProperty('entry');
  });

  test.each([
    ['an earlier clock', START - 5_000, START],
    ['a clock that stood ahead', START + 5_000, START + 5_001],
    ['the same instant', START, START + 1],
  ])('the epoch rises over %s', async (_, before, expected) => {
    const localLog = createFakeLocalLog();
    await localLog.append({ values: [], timestamp: 0, meta: { [EPOCH_META]: String(before) } });
    const { writer } = setUp({}, localLog);
    await writer.write([draft('a')]);
    await writer.flush();
    expect(writer.epoch).toBe(expected);
    expect(localLog.meta(EPOCH_META)).toBe(String(expected));
  });

  test('what is known is committed with its entry', async () => {
    const { writer, localLog } = setUp();
    const put = { source: 'pod', namespace: 'shop', name: 'a', uid: 'u', resourceVersion: '1', note: '' };
    await writer.write([draft('a')], { known: [{ put }], meta: { x: 'y' } });
    await writer.flush();
    const batch = localLog.batches.find((one) => one.values.length > 0);
    expect(batch?.known).toEqual([{ put }]);
    expect(batch?.meta).toMatchObject({ x: 'y' });
  });

  test('what a later list tells again is marked, through a batch of several calls', async () => {
    const { writer, localLog } = setUp();
    void writer.write([draft('a'), { ...draft('a'), op: 'update' }]);
    void writer.write([
      { ...draft('b'), op: 'list' },
      { ...draft('b'), op: 'delete' },
    ]);
    await writer.flush();
    const marks = localLog.batches.flatMap(({ recoverable }) => recoverable ?? []);
    expect(localLog.entries().map(({ op }, index) => [op, marks[index]])).toEqual([
      ['add', false],
      ['update', true],
      ['list', true],
      ['delete', false],
    ]);
  });

  test('a full disk is waited for, the queue stays bounded, and nothing is lost', async () => {
    const { writer, localLog, clock, counts } = setUp({ maxQueueBytes: 2_000, retryMs: 1_000 });
    localLog.broken = diskFull();
    let accepted = 0;
    const all = (async () => {
      for (let i = 0; i < 50; i++) {
        await writer.write([draft(`p${i}`)]);
        accepted++;
      }
    })();
    await clock.advance(600_000);
    expect(accepted).toBeLessThan(15);
    expect(writer.queuedBytes()).toBeLessThan(2_500);
    expect(writer.blockedSince()).toBe(START);
    expect(counts.append_retries).toBeGreaterThan(500);
    localLog.broken = null;
    await clock.advance(1_000);
    await all;
    await writer.flush();
    expect(localLog.entries().map((one) => one.seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(writer.blockedSince()).toBeNull();
  });

  test('stopping on a full disk gives up what is queued, and counts it', async () => {
    const stopping = new AbortController();
    const { writer, localLog, clock, counts } = setUp({ maxQueueBytes: 100 }, undefined, stopping.signal);
    localLog.broken = diskFull();
    const blocked = writer.write([draft('a')]);
    await clock.advance(10_000);
    stopping.abort();
    await clock.advance(0);
    await blocked;
    await writer.close();
    expect(counts.entries_given_up).toBe(1);
  });

  test('after what it gave up it writes nothing more: what is known stays where the log stands', async () => {
    const stop = new AbortController();
    const { writer, localLog, clock, counts } = setUp({ maxBatchBytes: 1 }, createFakeLocalLog(), stop.signal);
    const append = localLog.append.bind(localLog);
    localLog.append = (batch) =>
      batch.values.join('').includes('too large') ? Promise.reject(diskFull()) : append(batch);
    stop.abort();
    void writer.write([draft('a', { text: 'too large' })], { meta: { version: '2' } });
    void writer.write([draft('b')], { meta: { version: '3' } });
    await clock.advance(10_000);
    await writer.close();
    expect(localLog.entries()).toEqual([]);
    expect(localLog.meta('version')).toBeUndefined();
    expect(counts['entries_given_up']).toBe(2);
  });

  test('a log that is corrupt fails every writer', async () => {
    const { writer, localLog, clock } = setUp({ maxQueueBytes: 100 });
    const corrupt = new AppError('log_corrupt', 'the log is corrupt');
    localLog.broken = corrupt;
    const blocked = writer.write([draft('a')]);
    await expect(blocked).rejects.toBe(corrupt);
    await clock.advance(0);
    await expect(writer.write([draft('b')])).rejects.toBe(corrupt);
    await expect(writer.failed).rejects.toBe(corrupt);
    await expect(writer.flush()).rejects.toBe(corrupt);
  });

  test('observed_at never goes back, though the clock does', async () => {
    const { writer, localLog, clock } = setUp();
    await writer.write([draft('a')]);
    clock.now = () => START - 60_000;
    await writer.write([draft('b')]);
    await writer.flush();
    expect(localLog.entries().map((one) => one.observed_at)).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]);
  });

  test('an entry over the limit is shrunk and counted', async () => {
    const { writer, localLog, counts } = setUp();
    await writer.write([draft('a', { spec: { a: 'x'.repeat(600_000) } })]);
    await writer.flush();
    expect(counts.truncated_entries).toBe(1);
    expect(localLog.entries()[0]?.object.truncated).toBe(true);
  });
});
