import { Compile } from 'typebox/compile';
import type { Entry } from '../../schemas/entry.ts';
import { clustersTable, coverageTable, type ClusterRow, type CoverageRow } from '../../schemas/journal.ts';
import { CoverageObject, HeartbeatObject, REST_NAMESPACE } from '../../schemas/objects.ts';
import { BadEntry, type Fold, type FoldContext } from './fold.ts';

const coverageCheck = Compile(CoverageObject);
const heartbeatCheck = Compile(HeartbeatObject);

const NOBODY = 'nobody recorded';
const BEAT_KEY = 'heartbeat';

type Span = Pick<CoverageObject, 'kind' | 'namespace' | 'state' | 'from' | 'reason' | 'vanished'>;

/** A span that lasts, by `kind/namespace`. */
interface OpenSpan extends Span {
  /** The agent's life that told of it; absent in state of an earlier version. */
  readonly epoch?: number;
  /** Set once that life is over: up to here it has proved what the span says. */
  readonly heldTo?: string;
  /** A gap has been told to follow. */
  readonly gap?: boolean;
}

/** The newest heartbeat. */
interface Beat {
  readonly epoch: number;
  readonly at: string;
  /** When the first one of its life was. */
  readonly since: string;
  /** When each `kind/namespace` was last heard of. */
  readonly proofs: Readonly<Record<string, string | null>>;
}

/**
 * When each kind and namespace was truly watched, and the agent's newest proof of life. A span without an end (watching,
 * unreadable, closed) lasts until the next entry of its kind and namespace begins; after one with an end (late, gap) the
 * watch goes on from that end. No span outlives its agent: where the next life of one, or another agent, does not say
 * itself what it missed (its local log is new, or it watches something else), a span ends at what was last proved, and what
 * follows is a gap until somebody records again.
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
  if (context.late) {
    // What lasted then has been told to have ended; the cuts it knew of are facts still.
    if (to !== null) emitSpan(cluster, context, span, to);
    return;
  }
  follow(cluster, entry.epoch, context, span);
  emitSpan(cluster, context, span, to);
  const next: Span = to === null ? span : { ...span, state: 'watching', from: to, reason: '', vanished: 0 };
  if (to !== null) emitSpan(cluster, context, next, null);
  context.state.set(keyOf(span), { ...next, epoch: entry.epoch } satisfies OpenSpan);
}

const keyOf = ({ kind, namespace }: Pick<Span, 'kind' | 'namespace'>): string => `${kind}/${namespace}`;

const latest = (a: string, b: string): string => (a > b ? a : b);

/** Ends the open span where `span`, of the life `epoch`, begins; or at its proof, with a gap in between that nobody tells of. */
function follow(cluster: string, epoch: number, context: FoldContext, span: Span): void {
  const open = context.state.get<OpenSpan>(keyOf(span));
  if (!open || (open.state === span.state && open.from === span.from)) return;
  const heldTo = proofOf(open, epoch, context);
  if (heldTo === null || isRemembered(span, epoch, context)) {
    emitSpan(cluster, context, open, latest(span.from, open.from));
    if (heldTo !== null && open.gap) emitSpan(cluster, context, gapAfter(open, heldTo), heldTo);
    return;
  }
  emitSpan(cluster, context, open, heldTo);
  if (open.gap || span.from > heldTo) emitSpan(cluster, context, gapAfter(open, heldTo), latest(span.from, heldTo));
}

/** A cut that began before the life that tells of it: that agent knows itself when it last watched. */
function isRemembered({ state: of, from }: Span, epoch: number, { state }: FoldContext): boolean {
  if (of !== 'late' && of !== 'gap') return false;
  const beat = state.get<Beat>(BEAT_KEY);
  return beat?.epoch !== epoch || from < beat.since;
}

/**
 * How far the life of the agent that told of `open` vouches for it; null while that life lasts, and where its heartbeats say
 * nothing of it. That an agent stopped, or might not read, holds without it.
 */
function proofOf(open: OpenSpan, epoch: number, { state }: FoldContext): string | null {
  if (open.heldTo !== undefined) return open.heldTo;
  const beat = state.get<Beat>(BEAT_KEY);
  const mayEnd = open.state === 'watching' || open.state === 'late';
  if (!mayEnd || !beat || open.epoch === epoch || open.epoch !== beat.epoch) return null;
  const named = keyOf(open) in beat.proofs ? keyOf(open) : `${open.kind}/${REST_NAMESPACE}`;
  const proof = beat.proofs[named];
  if (proof === undefined) return null;
  // A cut that is open when its agent ends has been resumed by nobody.
  return open.state === 'late' ? open.from : latest(open.from, proof ?? beat.at);
}

const gapAfter = ({ kind, namespace }: Span, heldTo: string): Span => ({
  kind,
  namespace,
  state: 'gap',
  from: heldTo,
  reason: NOBODY,
  vanished: 0,
});

function emitSpan(cluster: string, context: FoldContext, span: Span, to: string | null): void {
  const { kind, namespace, state, from, reason, vanished } = span;
  const row: Omit<CoverageRow, 'version'> = { cluster, kind, namespace, state, from, to, reason, vanished };
  context.emit(coverageTable, `${kind}/${namespace}/${from}/${state}`, row);
}

function applyHeartbeat(cluster: string, entry: Entry, context: FoldContext): void {
  if (!heartbeatCheck.Check(entry.object)) throw new BadEntry('bad_object', 'not a heartbeat object');
  if (context.late) return;
  const beat = entry.object;
  const proofs = proofsOf(beat);
  const known = context.state.get<Beat>(BEAT_KEY);
  if (known && known.epoch !== entry.epoch) endFormerSpans(cluster, entry.epoch, proofs, context);
  const since = known?.epoch === entry.epoch ? known.since : entry.observed_at;
  for (const watch of beat.kinds) takeWatch(cluster, entry, watch, context);
  context.state.set(BEAT_KEY, { epoch: entry.epoch, at: entry.observed_at, since, proofs } satisfies Beat);
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

const proofsOf = ({ kinds }: HeartbeatObject): Beat['proofs'] =>
  Object.fromEntries(kinds.map((watch) => [keyOf(watch), watch.last_proof_at]));

/** Another life's first heartbeat: keeps what the one before has proved, and ends what is no longer watched. */
function endFormerSpans(cluster: string, epoch: number, watched: Beat['proofs'], context: FoldContext): void {
  for (const [key, open] of context.state.entries<OpenSpan>('')) {
    if (key === BEAT_KEY || open.heldTo !== undefined) continue;
    const heldTo = proofOf(open, epoch, context);
    if (heldTo === null) continue;
    context.state.set(key, { ...open, heldTo } satisfies OpenSpan);
    const goesOn = watched[key] !== undefined || watched[`${open.kind}/${REST_NAMESPACE}`] !== undefined;
    if (!goesOn) emitSpan(cluster, context, open, heldTo);
  }
}

/**
 * What a heartbeat says of a span of a former life. One that knows of no proof will tell of no cut, so a gap is open until it
 * watches; one that watches has told of it in an entry that came late.
 */
function takeWatch(cluster: string, entry: Entry, watch: HeartbeatObject['kinds'][number], context: FoldContext): void {
  const { epoch, observed_at: now } = entry;
  const key = keyOf(watch);
  const open = context.state.get<OpenSpan>(key);
  if (!open || open.epoch === epoch) return;
  if (open.epoch === undefined) return context.state.set(key, { ...open, epoch } satisfies OpenSpan);
  if (watch.state === 'watching') {
    const { kind, namespace } = watch;
    const span: Span = { kind, namespace, state: 'watching', from: now, reason: '', vanished: 0 };
    follow(cluster, epoch, context, span);
    emitSpan(cluster, context, span, null);
    context.state.set(key, { ...span, epoch } satisfies OpenSpan);
  } else if (open.heldTo !== undefined && !open.gap && watch.last_proof_at === null) {
    emitSpan(cluster, context, open, open.heldTo);
    emitSpan(cluster, context, gapAfter(open, open.heldTo), null);
    context.state.set(key, { ...open, gap: true } satisfies OpenSpan);
  }
}
