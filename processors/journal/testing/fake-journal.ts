import { setImmediate as settle } from 'node:timers/promises';
import type { Bus, JournalPartition, JournalRecord, Publisher } from '../../../platform/bus/journal.ts';
import type { Clock } from '../../../platform/clock.ts';
import { AppError } from '../../../platform/errors.ts';
import type { Entry } from '../../../schemas/entry.ts';
import { journalTopic } from '../../../schemas/topics.ts';
import type { Step } from './fake-store.ts';

export const CLUSTER = 'c1';
export const TOPIC = journalTopic(CLUSTER);
const START = Date.parse('2026-01-01T00:00:00Z');

export const timeAt = (second: number): string => new Date(START + second * 1000).toISOString();

/** An entry whose time is its number in seconds. */
export function entryOf(seq: number, fields: Partial<Entry> = {}): Entry {
  return {
    v: 1,
    epoch: 1,
    seq,
    kind: 'pod',
    op: 'update',
    namespace: 'shop',
    name: `p${seq % 5}`,
    uid: `u${seq % 5}`,
    resource_version: String(seq),
    observed_at: timeAt(seq),
    object: {},
    ...fields,
  };
}

export interface FakeJournal {
  logId: string;
  first: number;
  records: JournalRecord[];
  saved: number;
}

export const recordOf = (offset: number, value: unknown): JournalRecord => ({
  offset,
  timestamp: START + offset * 1000,
  value: typeof value === 'string' ? value : JSON.stringify(value),
});

/** Entries 1..count at offsets 0..count-1; `holes` leaves offsets out, as a broker's own records do. */
export function journalOf(
  entries: readonly unknown[],
  offsetOf: (index: number) => number = (index) => index,
): FakeJournal {
  const records = entries.map((entry, index) => recordOf(offsetOf(index), entry));
  return { logId: 'log-1', first: 0, records, saved: 0 };
}

export const numberedEntries = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => entryOf(index + 1));

/** A reader of one partition whose signal aborts when all has been read. */
export function fakeReader(journal: FakeJournal, step: Step): { reader: Bus['reader']; close: () => void } {
  const closing = new AbortController();
  const nextOf = () => (journal.records.at(-1)?.offset ?? journal.first - 1) + 1;
  const partition: JournalPartition = {
    topic: TOPIC,
    logId: journal.logId,
    signal: closing.signal,
    bounds: () => Promise.resolve({ first: journal.first, next: nextOf() }),
    saved: async (next) => {
      await step('saved');
      journal.saved = Math.max(journal.saved, next);
    },
    read: async (from, { maxRecords, waitMs }) => {
      await settle();
      await step('read');
      if (from < journal.first || from > nextOf()) {
        const details = { first: journal.first, next: nextOf() };
        throw new AppError('offset_out_of_range', 'out of range', { details });
      }
      const page = journal.records.filter((record) => record.offset >= from).slice(0, maxRecords);
      if (page.length === 0 && waitMs > 0) {
        closing.abort();
        throw new AppError('aborted', 'closed');
      }
      return page;
    },
  };
  const reader: Bus['reader'] = () => ({
    run: (work) => work(partition),
    trouble: () => null,
    close: () => Promise.resolve(closing.abort()),
  });
  return { reader, close: () => closing.abort() };
}

export const restlessClock: Clock = { now: () => 0, sleep: () => Promise.resolve(), after: () => () => undefined };

/** Keeps what was published, by topic. */
export function fakePublisher(step: Step): Publisher & { published: Map<string, { key: string; value: string }[]> } {
  const published = new Map<string, { key: string; value: string }[]>();
  return {
    published,
    publish: async (topic, records) => {
      await step('publish');
      published.set(topic, [...(published.get(topic) ?? []), ...records]);
    },
    close: () => Promise.resolve(),
  };
}
