import Type, { type Static } from 'typebox';
import { table, text, time, uint32, uint64, uint8, word } from './column.ts';

/** Claims on ranges of a journal: the first writer of (group, log_id, topic, first) wins, whoever folds it. */
export const FoldClaimRow = Type.Object({
  group: word('Group of folds'),
  log_id: text("The journal's life"),
  topic: word('Topic'),
  first: uint64('First offset of the range'),
  last: uint64('Last offset of the range'),
  fold_version: uint32('Version of the folds that claimed it'),
  claimed_by: text('Process'),
  claimed_at: time('When; old claims go 30 days later'),
});
export type FoldClaimRow = Static<typeof FoldClaimRow>;
export const foldClaimsTable = table('fold_claims', FoldClaimRow);

/** Folds' state, one row an object, and the position under the key ''. */
export const FoldStateRow = Type.Object({
  group: word('Group of folds'),
  log_id: text("The journal's life"),
  topic: word('Topic'),
  key: text("fold/object; '' is the position"),
  state: text('JSON'),
  version: uint64('Last offset folded'),
  deleted: uint8('1 when the object is gone'),
});
export type FoldStateRow = Static<typeof FoldStateRow>;
export const foldStateTable = table('fold_state', FoldStateRow);
