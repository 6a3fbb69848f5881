import { Compile } from 'typebox/compile';
import type { Entry } from '../../schemas/entry.ts';
import { clustersTable, coverageTable, type ClusterRow, type CoverageRow } from '../../schemas/journal.ts';
import { CoverageObject, HeartbeatObject } from '../../schemas/objects.ts';
import { BadEntry, type Fold, type FoldContext } from './fold.ts';

const coverageCheck = Compile(CoverageObject);
const heartbeatCheck = Compile(HeartbeatObject);

/** A span that lasts, by `kind/namespace`. */
type OpenSpan = Pick<CoverageObject, 'kind' | 'namespace' | 'state' | 'from' | 'reason' | 'vanished'>;

/**
 * When each kind and namespace was truly watched, and the agent's newest proof of life. A span without an end (watching,
 * unreadable, closed) lasts until the next entry of its kind and namespace begins; after one with an end (late, gap) the
 * watch goes on from that end.
 */
export function createCoverageFold(cluster: string): Fold {
  return {
    name: 'coverage',
    apply(entry, context) {
      if (entry.kind === 'coverage') applyCoverage(cluster, entry, context);
      else if (entry.kind === 'heartbeat') applyHeartbeat(cluster, entry, context);
    },
  };
}

function applyCoverage(cluster: string, entry: Entry, context: FoldContext): void {
  if (!coverageCheck.Check(entry.object)) throw new BadEntry('bad_object', 'not a coverage object');
  const { to, ...span } = entry.object;
  const key = `${span.kind}/${span.namespace}`;
  const open = context.state.get<OpenSpan>(key);
  const same = open?.state === span.state && open.from === span.from;
  if (open && !same) emitSpan(cluster, context, open, span.from > open.from ? span.from : open.from);
  emitSpan(cluster, context, span, to);
  const next: OpenSpan = to === null ? span : { ...span, state: 'watching', from: to, reason: '', vanished: 0 };
  if (to !== null) emitSpan(cluster, context, next, null);
  context.state.set(key, next);
}

function emitSpan(cluster: string, context: FoldContext, span: OpenSpan, to: string | null): void {
  const { kind, namespace, state, from, reason, vanished } = span;
  const row: Omit<CoverageRow, 'version'> = { cluster, kind, namespace, state, from, to, reason, vanished };
  context.emit(coverageTable, `${kind}/${namespace}/${from}/${state}`, row);
}

function applyHeartbeat(cluster: string, entry: Entry, context: FoldContext): void {
  if (!heartbeatCheck.Check(entry.object)) throw new BadEntry('bad_object', 'not a heartbeat object');
  const beat = entry.object;
  const objects: Record<string, number> = {};
  for (const { kind, objects: count } of beat.kinds) objects[kind] = (objects[kind] ?? 0) + count;
  const row: Omit<ClusterRow, 'version'> = {
    cluster,
    last_heartbeat_at: entry.observed_at,
    agent_version: beat.agent_version,
    identity: beat.identity,
    started_at: beat.started_at,
    epoch: entry.epoch,
    seq: entry.seq,
    holes: context.stats?.holes ?? 0,
    repeats: context.stats?.repeats ?? 0,
    objects,
    counters: beat.counters,
  };
  context.emit(clustersTable, cluster, row);
}
