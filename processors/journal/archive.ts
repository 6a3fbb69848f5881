import { journalTable, type JournalRow } from '../../schemas/journal.ts';
import type { Entry } from '../../schemas/entry.ts';
import type { Fold } from './fold.ts';

/** Rises when the same entries give other archive rows. */
export const ARCHIVE_VERSION = 1;
/** The archive's own group: it may lag behind, or be switched off, without holding up the others. */
export const ARCHIVE_GROUP = 'archive';

/** Keeps the journal itself, entry by entry. A log's text is left out: it lives in `exception_logs`. Has no state. */
export function createArchiveFold(cluster: string): Fold {
  return {
    name: 'archive',
    apply(entry, context) {
      const row: JournalRow = {
        cluster,
        kind: entry.kind,
        namespace: entry.namespace,
        name: entry.name,
        uid: entry.uid,
        op: entry.op,
        observed_at: entry.observed_at,
        resource_version: entry.resource_version,
        epoch: entry.epoch,
        seq: entry.seq,
        log_id: context.logId,
        offset: context.offset,
        object: JSON.stringify(withoutText(entry)),
      };
      context.emit(journalTable, String(context.offset), row);
    },
  };
}

const withoutText = (entry: Entry): Entry['object'] =>
  entry.kind === 'log' && 'text' in entry.object ? { ...entry.object, text: '' } : entry.object;
