import type { Span } from '../recorded-rows.ts';

/**
 * Compares what a cluster did with what was recorded of it. The rules: each transition arrives exactly once, or lies in a
 * gap that is recorded as one and is overtaken by a later state that did arrive; a deletion arrives once; the last state of
 * every object is the true one; nothing arrives that never was; what arrives late lies in a span that says so; and no such span
 * stands without a cause.
 */
export interface Transition {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly source: string;
  readonly uid: string;
  /** `kind namespace/name`, for people. */
  readonly what: string;
  /** Milliseconds since the Unix epoch, as all times here. */
  readonly at: number;
}

export interface Arrival {
  readonly op: 'list' | 'add' | 'update' | 'delete' | 'vanished';
  readonly uid: string;
  readonly revision: number;
  readonly at: number;
}

/** Something that was done to a watch: `source` is '' where it was done to all. */
export interface Cause {
  readonly source: string;
  readonly at: number;
  /** How long it went on. */
  readonly until: number;
  /** It cannot be got over by watching again from the last version. */
  readonly breaks: boolean;
}

export interface History {
  readonly transitions: readonly Transition[];
  /** In the order of their arrival. */
  readonly arrivals: readonly Arrival[];
  readonly spans: readonly Span[];
  readonly causes: readonly Cause[];
  /** Sources whose objects the server itself expires: their going is not told. */
  readonly expiring: ReadonlySet<string>;
}

/** What is wrong, in words, a line each; and how much was seen and overtaken. */
export interface Findings {
  readonly missed: string[];
  readonly doubled: string[];
  readonly invented: string[];
  readonly disordered: string[];
  readonly wrongEnd: string[];
  readonly lateUntold: string[];
  readonly unfounded: string[];
  arrived: number;
  /** Within a gap: replaced by a later state before anybody looked. */
  overtaken: number;
  /** Within a gap: came and went before anybody looked. */
  unseen: number;
}

/** A span's bounds are when the server last spoke and when it spoke again: a request's way lies between that and the truth. */
const TOLERANCE_MS = 1_000;
/** What arrives within this is in time. */
const IN_TIME_MS = 2_000;

const covers = ({ from, to }: Span, at: number): boolean =>
  at >= from - TOLERANCE_MS && at <= (to ?? Infinity) + TOLERANCE_MS;
const isGone = ({ op }: Arrival): boolean => op === 'delete' || op === 'vanished';
const ago = (ms: number, zero: number): string => `+${((ms - zero) / 1000).toFixed(2)} s`;

/** What every rule needs: where the findings go, and what the coverage says of an instant. */
interface Check {
  readonly found: Findings;
  readonly zero: number;
  readonly expires: (source: string) => boolean;
  /** When a source was first watched, Infinity where it never was. */
  readonly begun: (source: string) => number;
  /** Whether a source was, at an instant, in one of these states, or not recorded yet. */
  readonly within: (source: string, at: number, states: readonly string[]) => boolean;
}

export function checkHistory(history: History): Findings {
  const found: Findings = {
    missed: [],
    doubled: [],
    invented: [],
    disordered: [],
    wrongEnd: [],
    lateUntold: [],
    unfounded: [],
    arrived: 0,
    overtaken: 0,
    unseen: 0,
  };
  const spansOf = Map.groupBy(history.spans, ({ source }) => source);
  const begun = (source: string): number => {
    const watching = (spansOf.get(source) ?? []).filter(({ state }) => state === 'watching');
    return Math.min(...watching.map(({ from }) => from));
  };
  const check: Check = {
    found,
    begun,
    zero: history.transitions[0]?.at ?? 0,
    expires: (source) => history.expiring.has(source),
    within(source, at, states) {
      const spans = spansOf.get(source) ?? [];
      return (
        at <= begun(source) + TOLERANCE_MS || spans.some((span) => states.includes(span.state) && covers(span, at))
      );
    },
  };
  const arrivalsOf = Map.groupBy(history.arrivals, ({ uid }) => uid);
  const known = Map.groupBy(history.transitions, ({ uid }) => uid);
  for (const [uid, transitions] of known) {
    const arrivals = arrivalsOf.get(uid) ?? [];
    checkArrivals(check, transitions, arrivals);
    checkTransitions(check, transitions, arrivals);
  }
  for (const [uid, arrivals] of arrivalsOf)
    if (!known.has(uid)) found.invented.push(...arrivals.map(({ op }) => `${op} of the unknown ${uid}`));
  for (const span of history.spans) checkSpan(check, span, history.causes);
  return found;
}

/** Nothing comes twice, that never was, or in another order. */
function checkArrivals({ found, zero }: Check, transitions: readonly Transition[], arrivals: readonly Arrival[]): void {
  const states = new Set(transitions.map(({ revision }) => revision));
  const end = transitions.at(-1) as Transition;
  const seen = new Set<number>();
  let newest = -1;
  let ends = 0;
  for (const arrival of arrivals) {
    const name = `${arrival.op} ${end.what} ${end.uid} ${arrival.revision} at ${ago(arrival.at, zero)}`;
    if (isGone(arrival)) {
      if (end.type !== 'DELETED' || arrival.at < end.at) found.invented.push(name);
      if (++ends > 1) found.doubled.push(name);
      continue;
    }
    if (!states.has(arrival.revision)) found.invented.push(name);
    if (seen.has(arrival.revision)) found.doubled.push(name);
    else if (arrival.revision < newest || ends > 0) found.disordered.push(name);
    seen.add(arrival.revision);
    newest = Math.max(newest, arrival.revision);
  }
}

/** Everything comes, in time or told to be late, or is overtaken in a gap that is told. */
function checkTransitions(check: Check, transitions: readonly Transition[], arrivals: readonly Arrival[]): void {
  const { found, zero, within } = check;
  const end = transitions.at(-1) as Transition;
  const { source, what, uid } = end;
  const gone = arrivals.find(isGone);
  const seen = new Map(arrivals.filter((one) => !isGone(one)).map((one) => [one.revision, one]));
  const newest = Math.max(-1, ...seen.keys());
  const expires = check.expires(source);
  for (const one of transitions) {
    const isEnd = one.type === 'DELETED';
    if (isEnd && expires) continue;
    const arrival = isEnd ? gone : seen.get(one.revision);
    const name = `${one.type} ${what} ${uid} ${one.revision} made at ${ago(one.at, zero)}`;
    if (arrival) {
      found.arrived += 1;
      const afterMs = arrival.at - one.at;
      if (afterMs > IN_TIME_MS && !within(source, one.at, ['late', 'gap']))
        found.lateUntold.push(`${name} came after ${afterMs} ms`);
    } else if (!within(source, one.at, ['gap'])) found.missed.push(name);
    else if (newest > one.revision || (gone && !isEnd)) found.overtaken += 1;
    else if (end.type === 'DELETED' && (arrivals.length === 0 || expires)) found.unseen += 1;
    else found.missed.push(name);
  }
  if (end.type !== 'DELETED' && newest !== end.revision)
    found.wrongEnd.push(`${what} ${uid} stands at ${end.revision}, recorded at ${newest}`);
}

/** No span without a cause, and no gap for what could be got over, but for a first list that had to be asked for again. */
function checkSpan({ found, zero, begun }: Check, span: Span, all: readonly Cause[]): void {
  const { source, state, from, to } = span;
  if (state !== 'late' && state !== 'gap') return;
  // Reading a long list is no fault, and what comes meanwhile is in time.
  if (state === 'late' && to !== null && to - from <= IN_TIME_MS) return;
  const causes = all.filter(
    (cause) =>
      (cause.source === source || cause.source === '') &&
      cause.until >= from - TOLERANCE_MS &&
      cause.at <= (to ?? Infinity) + TOLERANCE_MS,
  );
  const name = `${state} of ${source} from ${ago(from, zero)} to ${to === null ? 'now' : ago(to, zero)}`;
  if (causes.length === 0) found.unfounded.push(`${name}: nothing happened`);
  else if (state === 'gap' && begun(source) < (to ?? Infinity) && !causes.some(({ breaks }) => breaks))
    found.unfounded.push(`${name}: what happened could be got over`);
}
