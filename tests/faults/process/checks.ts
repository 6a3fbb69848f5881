import { toTime } from '../../../platform/clock.ts';
import type { JournalRecord } from '../../../platform/bus/journal.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { MadeDeath } from '../lived-cluster.ts';
import type { DeathRow } from '../recorded-rows.ts';

interface Numbered {
  readonly epoch: number;
  readonly seq: number;
}

/** The tables that can be counted twice: the plain ones by what names a row, the others through their views. */
const ROW_KEYS: Readonly<Record<string, string>> = {
  journal: 'cluster, epoch, seq',
  exceptions: 'id',
  exception_logs: 'exception_id',
  coverage: 'cluster, kind, namespace, `from`, state',
  clusters: 'cluster',
  fold_claims: '`group`, topic, log_id, first',
};

const nameOf = ({ epoch, seq }: Numbered): string => `${epoch}/${seq}`;
const numbersOf = (records: readonly JournalRecord[]): Numbered[] =>
  records.map(({ value }) => JSON.parse(value) as Numbered);

/** What the entries of a topic are, each named once, with what is wrong with their numbering. */
export function readEntries(records: readonly JournalRecord[]): {
  names: Set<string>;
  repeats: number;
  holes: string[];
} {
  const names = new Set<string>();
  const last = new Map<number, number>();
  const holes: string[] = [];
  for (const entry of numbersOf(records)) {
    const before = last.get(entry.epoch) ?? 0;
    if (entry.seq > before + 1) holes.push(`${nameOf(entry)} follows ${entry.epoch}/${before}`);
    last.set(entry.epoch, Math.max(before, entry.seq));
    names.add(nameOf(entry));
  }
  return { names, repeats: records.length - names.size, holes };
}

/** Entries of the topic that the journal table lacks, has twice, or has of its own. */
export async function compareJournal(store: Store, topic: ReadonlySet<string>): Promise<string[]> {
  const rows = await store.query<Numbered & { times: number }>(
    'SELECT epoch, seq, count() AS times FROM journal GROUP BY epoch, seq',
  );
  const found = new Map(rows.map((row) => [nameOf(row), row.times]));
  return [
    ...[...topic].filter((name) => !found.has(name)).map((name) => `${name} is missing`),
    ...[...found].filter(([, times]) => times > 1).map(([name, times]) => `${name} is there ${times} times`),
    ...[...found.keys()].filter((name) => !topic.has(name)).map((name) => `${name} was never written`),
  ];
}

/** Tables in which something is counted twice, after what FINAL takes away. */
export async function countedTwice(store: Store): Promise<string[]> {
  const wrong: string[] = [];
  for (const [table, key] of Object.entries(ROW_KEYS)) {
    const [row] = await store.query<{ rows: number; ids: number }>(
      `SELECT count() AS rows, uniqExact(${key}) AS ids FROM ${table}`,
    );
    if (row?.rows !== row?.ids) wrong.push(`${table}: ${row?.rows} rows of ${row?.ids}`);
  }
  return wrong;
}

/** Deaths that no row tells of, and rows of deaths that never were; those of pods that are gone by now too. */
export function compareDeaths(
  rows: readonly DeathRow[],
  made: readonly MadeDeath[],
): { missing: string[]; invented: string[] } {
  const found = new Set(rows.map(({ pod_uid: uid, container, ordinal }) => `${uid}/${container}/${ordinal}`));
  const names = new Map(made.map(({ uid, container, ordinal, at }) => [`${uid}/${container}/${ordinal}`, at]));
  return {
    missing: [...names].filter(([name]) => !found.has(name)).map(([name, at]) => `${name} at ${toTime(at)}`),
    invented: [...found].filter((name) => !names.has(name)),
  };
}

export interface GroupPosition {
  readonly group: string;
  readonly offset: number;
}

/** How far each group of folds has come in a topic. */
export async function positionsOf(store: Store, topic: string): Promise<GroupPosition[]> {
  const rows = await store.query<{ group: string; state: string }>(
    "SELECT `group`, state FROM fold_state FINAL WHERE topic = {topic:String} AND key = '' ORDER BY `group`",
    { topic },
  );
  return rows.map(({ group, state }) => ({ group, offset: (JSON.parse(state) as { offset: number }).offset }));
}

/** Claims of a group that leave a hole or overlap. */
export async function claimsThatDoNotMeet(store: Store): Promise<string[]> {
  const claims = await store.query<{ group: string; first: number; last: number }>(
    'SELECT `group`, first, last FROM fold_claims ORDER BY `group`, first',
  );
  return claims
    .filter(({ group, first }, index) => {
      const before = claims[index - 1];
      return first !== (before?.group === group ? before.last + 1 : 0);
    })
    .map(({ group, first }) => `${group}: the claim at ${first} does not follow the one before`);
}
