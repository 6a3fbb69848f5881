import { foldStateTable, type FoldStateRow } from '../../schemas/folds.ts';
import type { Store } from '../../platform/store/store.ts';
import { tokenOf, type Life } from './claims.ts';
import { noSequence, savedSequence, type Sequence } from './sequence.ts';
import type { StateChange } from './fold-memory.ts';

/** Where a group stands in one life of a journal; the JSON under the key ''. */
export interface Position {
  /** The last offset folded; -1 before the first. */
  readonly offset: number;
  /**
   * Added to offsets to make rows' versions: offsets begin again when a topic is made anew, versions must not fall.
   */
  readonly versionBase: number;
  readonly sequence: Sequence;
}

export interface SavedLife {
  readonly logId: string;
  readonly position: Position;
}

export const startPosition = (versionBase: number): Position => ({ offset: -1, versionBase, sequence: noSequence });

/** Positions of an earlier form are read too. */
function savedPosition(json: unknown): Position {
  const position = json as Position;
  return { ...position, sequence: savedSequence(position.sequence) };
}

/** Every life of the topic that this group has folded. */
export async function loadLives(store: Store, group: string, topic: string): Promise<SavedLife[]> {
  const rows = await store.queryAfterWrite<{ log_id: string; state: string }>(
    'SELECT log_id, state FROM fold_state FINAL ' +
      "WHERE `group` = {group:String} AND topic = {topic:String} AND key = ''",
    { group, topic },
  );
  return rows.map((row) => ({ logId: row.log_id, position: savedPosition(JSON.parse(row.state)) }));
}

export interface LoadedState {
  /** Null where nothing was ever saved. */
  readonly position: Position | null;
  /** By the fold's name, then by its own keys. */
  readonly states: ReadonlyMap<string, Map<string, unknown>>;
}

/** The position and every fold's state in one query, so that both are of the same write. */
export async function loadState(store: Store, life: Life): Promise<LoadedState> {
  const rows = await store.queryTextAfterWrite(
    'SELECT key, state FROM fold_state FINAL ' +
      'WHERE `group` = {group:String} AND topic = {topic:String} AND log_id = {logId:String}',
    { ...life },
    2,
  );
  let position: Position | null = null;
  const states = new Map<string, Map<string, unknown>>();
  for (const [key = '', state = ''] of rows) {
    const value: unknown = JSON.parse(state);
    if (key === '') {
      position = savedPosition(value);
      continue;
    }
    const slash = key.indexOf('/');
    const fold = key.slice(0, slash);
    const values = states.get(fold) ?? new Map<string, unknown>();
    states.set(fold, values.set(key.slice(slash + 1), value));
  }
  return { position, states };
}

/** The last offset that anybody of the group has folded, or -1. */
export async function savedOffset(store: Store, life: Life): Promise<number> {
  const [row] = await store.queryAfterWrite<{ version: number }>(
    'SELECT version FROM fold_state ' +
      "WHERE `group` = {group:String} AND topic = {topic:String} AND log_id = {logId:String} AND key = '' " +
      'ORDER BY version DESC LIMIT 1',
    { ...life },
  );
  return row?.version ?? -1;
}

/** The one write that ends a batch: what changed, and the position. */
export async function saveState(
  store: Store,
  life: Life,
  batch: { first: number; position: Position; changes: ReadonlyMap<string, readonly StateChange[]> },
): Promise<void> {
  const version = batch.position.offset;
  const common = { group: life.group, log_id: life.logId, topic: life.topic, version };
  const rows: FoldStateRow[] = [{ ...common, key: '', state: JSON.stringify(batch.position), deleted: 0 }];
  for (const [fold, changes] of batch.changes) {
    for (const change of changes) rows.push({ ...common, ...change, key: `${fold}/${change.key}` });
  }
  await store.insert(foldStateTable, rows, {
    token: tokenOf(life, `${batch.first}-${version}:${foldStateTable.name}`),
  });
}
