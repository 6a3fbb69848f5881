import type { Entry, Op } from '../../../schemas/entry.ts';
import { createEntries } from '../testing/fold-chain.ts';
import type { Random } from './random-cluster.ts';
import type { Happening } from './random-happenings.ts';
import { RandomCluster } from './random-cluster.ts';
import type { Truth } from './random-objects.ts';
import { step } from './random-steps.ts';
import { T0 } from './testing.ts';

/** A stretch in which the agent did not see one of the kinds; then its watch went on where it had been, or a list was made. */
interface Cut {
  kind: Happening['kind'];
  state: 'late' | 'gap';
  from: number;
  to: number;
}

export interface History {
  entries: Entry[];
  options: { degraded_share: number; scale_up_minutes: number };
  /** By app, what the services of its name truly were. */
  truth: Truth[][];
  cuts: Cut[];
}

const KINDS = ['service', 'endpointslice', 'pod', 'workload', 'node'] as const;
const BEAT_MS = 10_000;
const FIRST_LISTS_MS = 1000;

const watchOf = (kind: Happening['kind']): string[] =>
  kind === 'workload'
    ? ['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((name) => `workload/${name}`)
    : [kind];

/** A history of a random cluster as an agent writes it down. The same numbers give the same one. */
export function randomHistory(random: Random): History {
  const cluster = new RandomCluster(random);
  const longest = random() < 0.1 ? 400_000 : 25_000;
  cluster.advance(FIRST_LISTS_MS + 500);
  for (let left = 2 + cluster.upTo(10); left > 0; left--) {
    // Some things happen at almost the same time.
    cluster.advance(cluster.now + (random() < 0.3 ? cluster.upTo(900) : cluster.upTo(longest)));
    step(cluster);
  }
  while (cluster.settledAt > cluster.now) cluster.advance(cluster.settledAt);
  const end = cluster.now + BEAT_MS;
  const cuts = randomCuts(cluster, random, end);
  return {
    entries: seenBy(cluster, cuts, end),
    options: {
      degraded_share: [0.5, 0.7, 1][cluster.upTo(3)] ?? 0.7,
      scale_up_minutes: [0.5, 1, 5][cluster.upTo(3)] ?? 5,
    },
    truth: cluster.apps.map(({ truth }) => truth),
    cuts,
  };
}

/** Some of one kind alone, some of all: a cut between the agent and the API server. */
function randomCuts(cluster: RandomCluster, random: Random, end: number): Cut[] {
  const cuts: Cut[] = [];
  for (let at = FIRST_LISTS_MS + 2000, left = cluster.upTo(3); left > 0; left--) {
    const from = at + cluster.upTo(Math.max(1, end - at));
    const to = from + 100 + cluster.upTo(random() < 0.5 ? 5_000 : 60_000);
    const state = random() < 0.5 ? 'late' : 'gap';
    const kinds = random() < 0.5 ? KINDS : [KINDS[cluster.upTo(KINDS.length)] ?? 'pod'];
    for (const kind of kinds) cuts.push({ kind, state, from, to: to + cluster.upTo(400) });
    at = to + 2000;
  }
  return cuts;
}

interface Seen {
  at: number;
  kind: Happening['kind'] | 'coverage' | 'heartbeat';
  op: Op;
  name: string;
  uid: string;
  object: object;
}

function seenBy(cluster: RandomCluster, cuts: readonly Cut[], end: number): Entry[] {
  const seen = KINDS.flatMap((kind) =>
    watch(
      cluster,
      kind,
      cuts.filter((cut) => cut.kind === kind),
    ),
  );
  const last = Math.max(end, ...seen.map(({ at }) => at)) + BEAT_MS;
  for (let at = 0; at <= last; at += BEAT_MS) {
    seen.push({ at, kind: 'heartbeat', op: 'add', name: '', uid: '', object: {} });
  }
  const entry = createEntries();
  return seen
    .sort((a, b) => a.at - b.at)
    .map(({ at, kind, op, name, uid, object }) => {
      const namespace = kind === 'node' || kind === 'coverage' || kind === 'heartbeat' ? '' : 'web';
      return entry(T0 + at, kind, op, object, name, uid, namespace);
    });
}

/** What one kind's watch sees, in its order. */
function watch(cluster: RandomCluster, kind: Happening['kind'], cuts: readonly Cut[]): Seen[] {
  const seen: Seen[] = [];
  const known = new Map<string, Happening>();
  const told = new Set<string>();
  const see = (at: number, op: Op, { name, uid, object }: Happening) => {
    seen.push({ at: Math.max(at, seen.at(-1)?.at ?? 0), kind, op, name, uid, object: op === 'vanished' ? {} : object });
  };
  const cover = (state: string, from: number, to: number | null) => {
    const at = Math.max(to ?? from, seen.at(-1)?.at ?? 0) + 1;
    for (const each of watchOf(kind)) {
      const span = { state, from: time(from), to: to === null ? null : time(to), reason: '', vanished: 0 };
      seen.push({ at, kind: 'coverage', op: 'add', name: '', uid: '', object: { kind: each, namespace: '', ...span } });
    }
  };
  const list = (at: number, missed: readonly Happening[]) => {
    for (const happening of missed) known.set(happening.uid, happening);
    const rows = [...known.values()].filter(({ uid }) => missed.some((each) => each.uid === uid));
    for (const each of rows) if (each.op === 'put') see(at + cluster.upTo(3), 'list', each);
    for (const each of rows) {
      if (each.op !== 'delete') continue;
      if (told.has(each.uid)) see(at + cluster.upTo(3), 'vanished', each);
      known.delete(each.uid);
    }
  };
  const all = cluster.happenings.filter((each) => each.kind === kind);
  let next = 0;
  const take = (until: number): Happening[] => {
    const from = next;
    while (next < all.length && (all[next]?.at ?? 0) < until) next++;
    return all.slice(from, next);
  };
  const pass = (each: Happening, at: number) => {
    see(at, each.op === 'delete' ? 'delete' : told.has(each.uid) ? 'update' : 'add', each);
    told.add(each.uid);
    known.set(each.uid, each);
    if (each.op === 'delete') known.delete(each.uid);
  };
  list(cluster.upTo(FIRST_LISTS_MS / 2), take(0));
  for (const uid of known.keys()) told.add(uid);
  cover('watching', FIRST_LISTS_MS, null);
  for (const { state, from, to } of [...cuts, { state: 'late' as const, from: Infinity, to: Infinity }]) {
    // What came before the cut was seen by then: that is how its beginning is known.
    for (const each of take(from)) pass(each, Math.min(from, each.at + 5 + cluster.upTo(200)));
    if (from === Infinity) break;
    const missed = take(to);
    if (state === 'late') for (const each of missed) pass(each, to + cluster.upTo(3));
    else list(to, missed);
    for (const uid of known.keys()) told.add(uid);
    cover(state, from, to);
  }
  return seen;
}

const time = (at: number): string => new Date(T0 + at).toISOString();
