import Type, { type Static } from 'typebox';
import { column, maybeTime, oneOf, table, text, time, Uint32, uint32, uint64, word } from './column.ts';
import { KINDS, OPS } from './entry.ts';
import { COVERAGE_STATES } from './objects.ts';

/** The archive: the journal itself, entry by entry. The body of a `log` entry is not here but in `exception_logs`. */
export const JournalRow = Type.Object({
  cluster: word('Cluster'),
  kind: oneOf(KINDS, 'pod, event, log, coverage, ...'),
  namespace: word("Kubernetes namespace, '' for cluster-wide objects"),
  name: text('Object name'),
  uid: text('Object uid'),
  op: oneOf(OPS, 'list, add, update, delete or vanished'),
  observed_at: time('When the agent saw it; the partition is made of it'),
  resource_version: text('resourceVersion'),
  epoch: uint64("The agent's life"),
  seq: uint64("Number within the agent's life"),
  log_id: text("The journal's life"),
  offset: uint64('Offset in the journal'),
  object: text('The projected object as JSON'),
});
export type JournalRow = Static<typeof JournalRow>;
export const journalTable = table('journal', JournalRow);

/** Closed and open spans of watching, one row a (cluster, kind, namespace, from). */
export const CoverageRow = Type.Object({
  cluster: word('Cluster'),
  kind: word('What was watched: pod, event, workload/deployments, ...'),
  namespace: word("Namespace, '' for all"),
  state: oneOf(COVERAGE_STATES, 'watching, late, gap, unreadable or closed'),
  from: time('From when; the partition is made of it'),
  to: maybeTime('Until when; null while it lasts'),
  reason: text('Why'),
  vanished: uint32('Objects that the relist after a gap did not find any more'),
  version: uint64('Journal offset'),
});
export type CoverageRow = Static<typeof CoverageRow>;
export const coverageTable = table('coverage_versions', CoverageRow);

/** The newest heartbeat of each cluster's agent. */
export const ClusterRow = Type.Object({
  cluster: word('Cluster'),
  last_heartbeat_at: time("The agent's last proof of life"),
  agent_version: word("The agent's version"),
  identity: text('Which process writes'),
  started_at: time('Since when this agent runs'),
  epoch: uint64("The agent's life"),
  seq: uint64('Last entry number'),
  holes: uint64('Entry numbers missing so far'),
  repeats: uint64('Repeated entries dropped so far'),
  objects: column(Type.Record(Type.String(), Uint32), 'Map(LowCardinality(String), UInt32)', 'Objects known, by kind'),
  counters: column(
    Type.Record(Type.String(), Type.Number()),
    'Map(LowCardinality(String), Float64)',
    "The agent's counters",
  ),
  version: uint64('Journal offset'),
});
export type ClusterRow = Static<typeof ClusterRow>;
export const clustersTable = table('clusters_versions', ClusterRow);

/** What could not be read, kept. */
export const DeadLetterRow = Type.Object({
  topic: word('Topic'),
  log_id: text("The journal's life"),
  offset: uint64('Offset'),
  group: word('Reader that could not read it'),
  reason: word('not_json, bad_version, bad_entry, bad_object, bad_row, watch_line_not_json, ...'),
  message: text('What was wrong'),
  value: text('The first 64 kB of the record'),
  observed_at: time('When the record was written'),
});
export type DeadLetterRow = Static<typeof DeadLetterRow>;
export const deadLettersTable = table('dead_letters', DeadLetterRow);
