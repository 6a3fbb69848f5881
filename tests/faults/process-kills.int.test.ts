import { afterEach, describe, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { until } from '../../deploy/testkube/test-kube.ts';
import { messageOf } from '../../platform/errors.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { firstSeed, limitMs, runs } from '../soak.ts';
import { checkAbsence, EXACT_MS, HELD_UP_MS, offsetsOf } from './absence.ts';
import {
  claimsThatDoNotMeet,
  compareDeaths,
  compareJournal,
  countedTwice,
  positionsOf,
  readEntries,
} from './process/checks.ts';
import { startCrashLoad, type CrashLoad } from './process/load.ts';
import { planOf } from './process/plan.ts';
import { play } from './process/play.ts';
import { openSite, type Site } from './process/site.ts';
import { readTopic, shipTheRest } from './process/topic.ts';
import { readDeaths, readSpans } from './recorded-rows.ts';

const CLUSTER = 'sim';
const TOPIC = journalTopic(CLUSTER);
/** Of 23 two are stops, of 224 in a soak 22; all others are kills. */
const FAULTS = runs(1) > 1 ? 224 : 23;
/** Of the folds, the archive and the resources. */
const GROUPS = 3;
const CATCH_UP_MS = 300_000;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** No more crashes; what the agent wrote is shipped, what was shipped is folded. */
async function comeToRest(site: Site, load: CrashLoad) {
  await load.quiet();
  const last = load.deaths().at(-1);
  await until(
    'the last death in the store',
    async () => {
      const rows = await site.reader.query<{ found: number }>(
        'SELECT count() AS found FROM exceptions WHERE pod_uid = {uid:String} AND ordinal = {ordinal:UInt32}',
        { uid: last?.uid ?? '', ordinal: last?.ordinal ?? 0 },
      );
      return (rows[0]?.found ?? 0) > 0;
    },
    CATCH_UP_MS,
  );
  await site.agent.end('SIGTERM');
  const local = await shipTheRest(site.kafka.brokers, site.agentDataDir, TOPIC);
  const records = await readTopic(site.kafka.brokers, TOPIC);
  const end = records.at(-1)?.offset ?? -1;
  await until(
    'every group at the end',
    async () => {
      const positions = await positionsOf(site.reader, TOPIC);
      return positions.length === GROUPS && positions.every(({ offset }) => offset === end);
    },
    CATCH_UP_MS,
  );
  return { local, records };
}

/** How far before and after an absence its span reaches: the median and the most of all. Milliseconds. */
function summaryOf(offsets: readonly { before: number; after: number }[]) {
  return (['before', 'after'] as const).map((end) => {
    const sorted = offsets.map((offset) => offset[end]).sort((a, b) => a - b);
    return { end, median: sorted[sorted.length >> 1] ?? Infinity, most: sorted.at(-1) ?? Infinity };
  });
}

describe.skipIf(kafkaMissing())('Tidemark as separate processes, each of them killed again and again', () => {
  it(
    `loses nothing and counts nothing twice over ${FAULTS} kills and stops`,
    async () => {
      const seed = firstSeed(7);
      const plan = planOf(seed, FAULTS);
      expect(plan.kills).toBeGreaterThanOrEqual(FAULTS);
      const load = await startCrashLoad(CLUSTER, String(seed));
      closers.push(() => load.close());
      const site = await openSite({ cluster: CLUSTER, kubeconfig: load.kubeconfig, processors: 3 });
      closers.push(() => site.close());
      for (const role of [...site.processors.slice(0, 2), site.agent]) await role.start();
      await until('every watch', async () => [...load.askedAfter('watch', 0).values()].every((at) => at < Infinity));
      load.begin();

      const played = await play(site, load, plan).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${messageOf(error)}\n${site.lastWords()}`, { cause: error });
      });
      const { local, records } = await comeToRest(site, load);

      const entries = readEntries(records);
      const store = site.reader;
      const spans = await readSpans(store, CLUSTER);
      const gaps = spans.filter(({ state }) => state === 'gap');
      const [clusters] = await store.query('SELECT holes FROM clusters');
      process.stdout.write(
        `process faults: seed ${seed}, ${played.kills} kills, ${played.zombieInserts} inserts by zombies; ` +
          `${entries.names.size} entries (${entries.repeats} shipped twice), ${load.deaths().length} deaths\n`,
      );
      expect(played.kills).toBe(plan.kills);
      expect(played.zombieInserts).toBeGreaterThan(0);
      expect(entries.holes).toEqual([]);
      expect([...readEntries(local).names].filter((name) => !entries.names.has(name))).toEqual([]);
      expect((await compareJournal(store, entries.names)).slice(0, 20)).toEqual([]);
      expect(await countedTwice(store)).toEqual([]);
      expect(await claimsThatDoNotMeet(store)).toEqual([]);
      expect(compareDeaths(await readDeaths(store, CLUSTER), load.deaths())).toEqual({ missing: [], invented: [] });
      expect(clusters).toEqual({ holes: 0 });
      expect(await store.query('SELECT reason, message FROM dead_letters LIMIT 5')).toEqual([]);
      expect(gaps).toEqual([]);
      expect(spans.filter(({ source, state }) => source.startsWith('journal') && state === 'late')).toEqual([]);
      expect(played.agentAway.length).toBeGreaterThan(0);
      const near = summaryOf(played.agentAway.flatMap((away) => offsetsOf(away, spans)));
      const inWords = near
        .map(({ end, median, most }) => `${end} by ${median} ms (median; at most ${most})`)
        .join(', ');
      process.stdout.write(`${played.agentAway.length} absences of the agent, told ${inWords}\n`);
      // The rule, which a machine that is busy now and then does not break; what it holds up are single spans.
      expect(near.filter(({ median }) => median > EXACT_MS)).toEqual([]);
      expect(played.agentAway.flatMap((away) => checkAbsence(away, spans, HELD_UP_MS))).toEqual([]);
    },
    limitMs(600_000),
  );
});
