import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { until } from '../../deploy/testkube/test-kube.ts';
import type { JournalReader } from '../../platform/bus/journal.ts';
import type { Store } from '../../platform/store/store.ts';
import { entryOf } from '../../processors/journal/testing/fake-journal.ts';
import { journalTopic } from '../../schemas/topics.ts';
import {
  entriesOf,
  gapsOf,
  openRuntimeSite,
  wholeIs,
  wholeOf,
  type Reader,
  type RuntimeSite,
} from './process/runtime-site.ts';

/** Calls `gate` before each insert. */
const gated = (store: Store, gate: (table: string) => Promise<void>): Store => ({
  ...store,
  insert: async (table, rows, options) => {
    await gate(table.name);
    await store.insert(table, rows, options);
  },
});

describe.skipIf(kafkaMissing())('the runtime on a real broker', () => {
  let site: RuntimeSite;
  let cluster: string;
  let topic: string;
  let count = 0;

  beforeAll(async () => {
    site = await openRuntimeSite();
  });
  afterAll(() => site?.close());
  beforeEach(() => {
    cluster = `c${++count}`;
    topic = journalTopic(cluster);
  });
  afterEach(() => site.endReaders());

  const positionOf = async (group = 'journal'): Promise<number> => {
    const [row] = await site.store.query<{ version: number }>(
      "SELECT max(version) AS version FROM fold_state WHERE `group` = {group:String} AND topic = {topic:String} AND key = ''",
      { group, topic },
    );
    return row?.version ?? -1;
  };

  it('folds every entry once while readers of its group come and go under load', async () => {
    const clusters = [`${cluster}-a`, `${cluster}-b`, `${cluster}-c`];
    const topics = clusters.map(journalTopic);
    let written = 0;
    const loading = new AbortController();
    const load = async () => {
      while (!loading.signal.aborted) {
        const batch = entriesOf(written + 1, written + 40);
        for (const each of topics) await site.publish(each, batch);
        written += batch.length;
      }
    };
    const loaded = load();
    /** Each topic has one reader, who took it up after now. */
    const sharedAnew = (what: string, readers: readonly Reader[]) => {
      const since = Date.now();
      return until(what, async () => {
        const held = readers.flatMap(({ processor }) => processor.status());
        const names = held.map(({ topic: name }) => name).toSorted();
        return (
          JSON.stringify(names) === JSON.stringify(topics) && held.every(({ progress }) => progress.heldSince >= since)
        );
      });
    };
    try {
      const one = site.start({ topics });
      await sharedAnew('one reader of all', [one]);
      const two = site.start({ topics });
      await sharedAnew('two readers', [one, two]);
      const three = site.start({ topics });
      await sharedAnew('three readers', [one, two, three]);
      await Promise.all([sharedAnew('the first gone', [two, three]), one.processor.close()]);
      await Promise.all([sharedAnew('the third gone', [two]), three.processor.close()]);
    } finally {
      loading.abort();
      await loaded;
    }
    for (const each of clusters) {
      await wholeIs(site.store, each, written);
      await until('the last roll-up', async () => (await wholeOf(site.store, each)).counted >= written);
      expect(await wholeOf(site.store, each)).toEqual({ rows: written, entries: written, counted: written });
      expect(await gapsOf(site.store, each)).toEqual([]);
    }
  });

  it.each(['journal', 'coverage_versions', 'fold_state'])(
    'a reader that slept before its insert into %s, and wakes after its topic has moved, changes nothing',
    async (table) => {
      const wake = Promise.withResolvers<void>();
      let asleep = false;
      const sleepy = gated(site.store, async (name) => {
        if (name !== table || asleep) return;
        asleep = true;
        await wake.promise;
      });
      // It knows as little of the move as a process that was stopped.
      const unaware = (reader: JournalReader): JournalReader => ({
        ...reader,
        run: (work) => reader.run((given) => work({ ...given, signal: new AbortController().signal })),
      });
      await site.publish(topic, entriesOf(1, 300));
      const zombie = site.start({ topics: [topic], store: sleepy, wrap: unaware });
      await until('the claim', async () => asleep);
      // There is more by now: another range, were it not for the claim.
      await site.publish(topic, entriesOf(301, 400));
      const leaving = zombie.processor.close();
      site.start({ topics: [topic] });
      await until('the end of the topic', async () => (await positionOf()) === 399);
      const state = () => site.store.query('SELECT * FROM fold_state FINAL WHERE topic = {topic:String}', { topic });
      const before = await state();
      wake.resolve();
      await leaving;
      expect(await wholeOf(site.store, cluster)).toEqual({ rows: 400, entries: 400, counted: 400 });
      expect(await state()).toEqual(before);
      expect(await gapsOf(site.store, cluster)).toEqual([]);
    },
  );

  it('goes on in a topic that was deleted and made anew', async () => {
    await site.publish(topic, entriesOf(1, 200));
    site.start({ topics: [topic] });
    await wholeIs(site.store, cluster, 200);
    await site.admin((admin) => admin.deleteTopics({ topics: [topic] }));
    // As a forwarder does: it makes the topic where there is none, and goes on with the next entry.
    await until('the topic made anew', () =>
      site.publish(topic, entriesOf(221, 300)).then(
        () => true,
        () => false,
      ),
    );
    await wholeIs(site.store, cluster, 280);
    await until('all counted', async () => (await wholeOf(site.store, cluster)).counted >= 280);
    expect(await wholeOf(site.store, cluster)).toEqual({ rows: 280, entries: 280, counted: 280 });
    expect(await gapsOf(site.store, cluster)).toHaveLength(1);
  });

  it('records what the broker let go of before it was read as a gap, and goes on', async () => {
    await site.publish(topic, entriesOf(1, 100));
    const open = { current: Promise.withResolvers<void>() };
    open.current.resolve();
    let waiting = false;
    const slow = gated(site.store, async (name) => {
      if (name !== 'fold_claims') return;
      waiting = true;
      await open.current.promise;
      waiting = false;
    });
    const { metrics } = site.start({ topics: [topic], store: slow });
    await wholeIs(site.store, cluster, 100);
    open.current = Promise.withResolvers();
    await site.publish(topic, entriesOf(101, 110));
    await until('the next claim', async () => waiting);
    await site.publish(topic, entriesOf(111, 400));
    try {
      await site.admin(async (admin) => {
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '300' }] });
      });
    } finally {
      open.current.resolve();
    }
    await until('the last entry', async () => (await positionOf()) === 399);
    const { rows, entries, counted } = await wholeOf(site.store, cluster);
    const [gap, ...more] = await gapsOf(site.store, cluster);
    expect([entries, counted]).toEqual([rows, rows]);
    expect(rows).toBeGreaterThanOrEqual(200);
    expect(more).toEqual([]);
    expect([gap?.from, gap?.to]).toEqual([entryOf(rows - 100).observed_at, entryOf(301).observed_at]);
    expect(await metrics.registry.getSingleMetricAsString('tidemark_processor_holes_total')).toMatch(
      new RegExp(` ${400 - rows}$`, 'm'),
    );
  });
});
