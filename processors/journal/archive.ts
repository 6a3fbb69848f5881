import { journalTable, type JournalRow } from '../../schemas/journal.ts';
import { Entry } from '../../schemas/entry.ts';
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
        object: objectText(entry, context.value),
      };
      context.emit(journalTable, String(context.offset), row);
    },
  };
}

function objectText(entry: Entry, value: string): string {
  if (entry.kind === 'log' && 'text' in entry.object) return JSON.stringify({ ...entry.object, text: '' });
  return lastObjectOf(entry, value) ?? JSON.stringify(entry.object);
}

const KEY = '"object"';
const MEMBERS = Object.keys(Entry.properties).length;

/**
 * The object's text as it stands in the entry's, which the agent ends with it: to write it anew costs as much as to read it.
 * Null where it may stand elsewhere. It stands there when the key occurs once in the whole text, and unescaped; and when the
 * entry's last member is an object, which no other member can be.
 */
function lastObjectOf(entry: Entry, value: string): string | null {
  const at = value.indexOf(KEY);
  if (at < 0 || value.indexOf(KEY, at + KEY.length) >= 0 || !value.startsWith(':{', at + KEY.length)) return null;
  if (!value.endsWith('}}') || value.includes('\\u00') || Object.keys(entry).length !== MEMBERS) return null;
  return value.slice(at + KEY.length + 1, -1);
}
