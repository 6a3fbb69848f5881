import { DEAD_LETTER_TOPIC, DERIVED_TOPIC } from '../../schemas/topics.ts';
import type { Publisher } from '../../platform/bus/journal.ts';
import type { Store } from '../../platform/store/store.ts';
import { tokenOf, type Claim } from './claims.ts';
import type { Assignment } from './assignment.ts';
import type { FoldedBatch } from './fold-batch.ts';
import { saveState, type Position } from './saved-state.ts';

const PUBLISH_AT_ONCE = 500;

/**
 * Writes a folded batch in the order that makes a crash anywhere harmless: the rows, one insert a table; then what is
 * for others; last, in one insert, the changed states with the position. Stops between steps when `signal` aborts.
 */
export async function writeBatch(
  deps: { store: Store; publisher: Publisher },
  assignment: Assignment,
  claim: Claim,
  folded: FoldedBatch,
  signal: AbortSignal,
): Promise<{ position: Position; rows: Map<string, number> }> {
  const { life } = assignment;
  const version = assignment.position.versionBase + claim.last;
  const written = new Map<string, number>();
  for (const { table, rows } of folded.rows.tables(version)) {
    signal.throwIfAborted();
    await deps.store.insert(table, rows, { token: tokenOf(life, `${claim.first}-${claim.last}:${table.name}`) });
    written.set(table.name, rows.length);
  }
  await publishAll(deps.publisher, DERIVED_TOPIC, signal, derivedRecords(assignment.cluster, version, folded));
  await publishAll(deps.publisher, DEAD_LETTER_TOPIC, signal, deadLetterRecords(folded));
  signal.throwIfAborted();
  const position: Position = { ...assignment.position, offset: claim.last, sequence: folded.sequence };
  const changes = new Map(assignment.folds.map(({ fold, memory }) => [fold.name, memory.takeChanges()]));
  await saveState(deps.store, life, { first: claim.first, position, changes });
  return { position, rows: written };
}

/** Readers of the derived topic drop repeats by key and version. */
function derivedRecords(cluster: string, version: number, folded: FoldedBatch) {
  return folded.rows.derived().map(({ kind, key, row }) => ({
    key: `${kind}/${key}`,
    value: JSON.stringify({ v: 1, kind, key, cluster, version, row: { ...row, version } }),
  }));
}

function deadLetterRecords(folded: FoldedBatch) {
  return folded.deadLetters.map((row) => ({
    key: `${row.topic}/${row.log_id}/${row.offset}/${row.group}`,
    value: JSON.stringify(row),
  }));
}

async function publishAll(
  publisher: Publisher,
  topic: string,
  signal: AbortSignal,
  records: { key: string; value: string }[],
): Promise<void> {
  for (let at = 0; at < records.length; at += PUBLISH_AT_ONCE) {
    signal.throwIfAborted();
    await publisher.publish(topic, records.slice(at, at + PUBLISH_AT_ONCE));
  }
}
