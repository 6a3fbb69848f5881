import Type, { type Static } from 'typebox';
import { maybeTime, table, text, texts, time, uint64, uint8, word } from './column.ts';

/** A named range: a load test, a release, a game day. */
export const RunRow = Type.Object({
  id: text('Made when it is first written; never changes'),
  name: text('Name, unique among those that are not deleted'),
  started_at: time('Beginning'),
  ended_at: maybeTime('End; null while it goes on'),
  clusters: texts('Clusters it is about; empty: all'),
  namespaces: texts('Namespaces, with * for any characters; empty: all'),
  workloads: texts('Workloads, with * for any characters; empty: all'),
  note: text('Free text'),
  created_by: word('Who made it'),
  updated_at: time('When this was written'),
  deleted: uint8('1 where it is deleted'),
  version: uint64('Milliseconds since the Unix epoch; a later one replaces it'),
});
export type RunRow = Static<typeof RunRow>;
/** Written to the versions table; read through the view `runs`. */
export const runsTable = table('runs_versions', RunRow);
