import { toTime, type Clock } from '../../platform/clock.ts';
import type { CoverageObject } from '../../schemas/objects.ts';

export type CoverageState = CoverageObject['state'];

export interface CoverageOptions {
  /** Cuts shorter than this are not worth an entry: bounds are in seconds anyway. */
  readonly lateAfterMs: number;
  /** A cut that has lasted so long is written while it lasts, with an open end. */
  readonly openAfterMs: number;
}

const COVERAGE_DEFAULTS: CoverageOptions = { lateAfterMs: 1_000, openAfterMs: 10_000 };

/** How one source in one namespace is watched, and the entries that say so. */
export interface Coverage {
  state(): CoverageState;
  reason(): string;
  /** When the server last spoke, milliseconds since the epoch; null when it never has. */
  lastProofAt(): number | null;
  proof(): void;
  /** A watch has broken that brought nothing but what had gathered before it: what it proved is taken back, to `at`. */
  doubt(at: number | null): void;
  /** The reader was held up since `at`: what it reads from here on is older than it looks. */
  fellBehind(at: number, reason: string): void;
  /** An earlier life's watch is being taken up where it stood. */
  resuming(reason: string): void;
  /** The watch has ended in trouble, or could not be taken up again. */
  cut(reason: string): Promise<void>;
  /** A relist is complete: what came and went between the last proof and `at` is unknown. */
  listed(at: number, vanished: number, reason: string): Promise<void>;
  /** A watch stands since `at`, from the version reached. */
  standing(at: number): Promise<void>;
  unreadable(reason: string): Promise<void>;
  closed(): Promise<void>;
}

/**
 * watching → (cut) late → (standing) watching; start → (cut) gap; start → (resuming) late → (standing) watching; any → (listed) gap → (standing) watching; any → unreadable. An entry's
 * identity is its kind, namespace and `from`: an open `late` is closed, or turned into a gap, by a later entry of the same
 * `from`.
 */
export function createCoverage(deps: {
  kind: string;
  namespace: string;
  clock: Clock;
  lastProofAt: number | null;
  write: (object: CoverageObject) => Promise<void>;
  options?: Partial<CoverageOptions>;
}): Coverage {
  const options = { ...COVERAGE_DEFAULTS, ...deps.options };
  const { clock } = deps;
  const bornAt = clock.now();
  let state: CoverageState = 'gap';
  let reason = 'starting';
  let proofAt = deps.lastProofAt;
  let listedAt: number | null = null;
  let openFrom: number | null = null;
  let unreadableSince: number | null = null;
  let resumed = false;

  /** Where the clock was set back meanwhile it has been proved until now: no span ends before it begins. */
  const provedAt = (): number | null => (proofAt === null ? null : Math.min(proofAt, clock.now()));

  const write = (of: CoverageState, from: number, to: number | null, why: string, vanished = 0): Promise<void> =>
    deps.write({
      kind: deps.kind,
      namespace: deps.namespace,
      state: of,
      from: toTime(from),
      to: to === null ? null : toTime(to),
      reason: why,
      vanished,
    });

  return {
    state: () => state,
    reason: () => reason,
    lastProofAt: provedAt,
    proof() {
      proofAt = clock.now();
    },
    doubt(at) {
      proofAt = at;
    },
    fellBehind(at, why) {
      if (state === 'watching') [state, reason] = ['late', why];
      if (proofAt !== null) proofAt = Math.min(proofAt, at);
    },
    resuming(why) {
      resumed = true;
      // What may not be read stays so until it may: asking again is no news.
      if (state !== 'unreadable') [state, reason] = ['late', why];
    },
    async cut(why) {
      if (state === 'watching') state = 'late';
      reason = why;
      // What was never listed in this life is not watched at all, since its beginning at the least.
      const neverListed = state === 'gap' && listedAt === null;
      const from = provedAt() ?? (neverListed ? bornAt : null);
      if ((state !== 'late' && !neverListed) || from === null || openFrom !== null) return;
      if (clock.now() - (neverListed ? bornAt : from) < options.openAfterMs) return;
      openFrom = from;
      await write(state, from, null, why);
    },
    async listed(at, vanished, why) {
      const from = proofAt ?? openFrom;
      state = 'gap';
      reason = why;
      // What came while the list was being read is still to come by the watch.
      proofAt = at;
      listedAt = at;
      openFrom = null;
      resumed = false;
      if (from !== null) await write('gap', Math.min(from, at), at, why, vanished);
    },
    async standing(now) {
      const from = Math.min(proofAt ?? now, now);
      const before = { listedAt, openFrom, unreadableSince, why: reason };
      // A life that ended in good order has left an open `closed`, which has to end, however short it was.
      const late = resumed || openFrom !== null || now - from > options.lateAfterMs;
      state = 'watching';
      reason = '';
      proofAt = Math.max(proofAt ?? 0, now);
      listedAt = openFrom = unreadableSince = null;
      resumed = false;
      if (late) await write('late', from, now, before.why);
      if (before.listedAt !== null) await write('watching', before.listedAt, null, '');
      else if (before.unreadableSince !== null) await write('watching', now, null, '');
    },
    async unreadable(why) {
      if (state === 'unreadable' && why === reason) return;
      state = 'unreadable';
      reason = why;
      unreadableSince ??= clock.now();
      await write('unreadable', unreadableSince, null, why);
    },
    async closed() {
      if (state === 'closed') return;
      if (state === 'watching') proofAt = clock.now();
      state = 'closed';
      reason = 'stopped';
      await write('closed', clock.now(), null, 'stopped');
    },
  };
}
