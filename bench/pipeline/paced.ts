import { join } from 'node:path';
import { createLocalBus } from '../../platform/bus/local-bus.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import type { Store } from '../../platform/store/store.ts';
import { foldClaimsTable, foldStateTable } from '../../schemas/folds.ts';
import { GROUPS, startFolds } from './folds.ts';
import { readValues, TOPIC } from './journal.ts';
import { openStore, shared, type Place } from './parts.ts';

const TICK_MS = 50;
export const PACE = { entriesPerSecond: 500, settleSeconds: 3 };
/** Each group keeps its own claims and state in these. */
const OF_EACH_GROUP: ReadonlySet<string> = new Set([foldClaimsTable.name, foldStateTable.name]);

/** New parts a second: of the table of rows that gets most, and of the groups' own tables for each group. */
export interface PartRates {
  readonly rows: number;
  readonly group: number;
}

/** Writes `place.entries` entries at a steady pace into a local log while the folds run with their own settings. */
export async function pace(place: Place): Promise<PartRates> {
  const dir = join(place.store, '..', 'paced');
  const log = openLocalLog({ ...shared, dir: join(dir, TOPIC), topic: TOPIC, maxBytes: 1024 ** 3 });
  const store = await openStore(place);
  const bus = createLocalBus({ ...shared, dir });
  const folds = await startFolds(bus, store, {});
  const values = await readValues(place.journal, place.entries);
  const settled = PACE.settleSeconds * PACE.entriesPerSecond;
  const begin = performance.now();
  let before: { parts: Map<string, number>; at: number } | undefined;
  for (let sent = 0; sent < values.length;) {
    const due = Math.floor(((performance.now() - begin) / 1000) * PACE.entriesPerSecond);
    const batch = values.slice(sent, due);
    if (batch.length > 0) await log.append({ values: batch, timestamp: shared.clock.now() });
    sent += batch.length;
    if (!before && sent >= settled) before = { parts: await partsOf(store), at: performance.now() };
    await shared.clock.sleep(TICK_MS);
  }
  const after = await partsOf(store);
  const seconds = (performance.now() - (before?.at ?? begin)) / 1000;
  await folds.untilFolded(place.entries - 1);
  await folds.close();
  await bus.close();
  await log.close();
  await store.close();
  return ratesOf(before?.parts ?? new Map(), after, seconds);
}

/** A part takes a block number of its partition, which no merge gives back. */
async function partsOf(store: Store): Promise<Map<string, number>> {
  const rows = await store.query<{ table: string; parts: number }>(
    'SELECT table, sum(blocks) AS parts FROM (SELECT table, partition_id, max(max_block_number) AS blocks ' +
      'FROM system.parts WHERE database = currentDatabase() GROUP BY table, partition_id) GROUP BY table',
  );
  return new Map(rows.map(({ table, parts }) => [table, parts]));
}

/** One part less than were made lies between the first and the last of them. */
function ratesOf(before: Map<string, number>, after: Map<string, number>, seconds: number): PartRates {
  let [rows, group] = [0, 0];
  for (const [table, parts] of after) {
    const made = parts - (before.get(table) ?? 0);
    console.error(`parts of ${table} in ${seconds.toFixed(1)} s: ${made}`);
    if (OF_EACH_GROUP.has(table)) group = Math.max(group, (made / GROUPS - 1) / seconds);
    else rows = Math.max(rows, (made - 1) / seconds);
  }
  return { rows, group };
}
