import { isAppError, messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { Refused } from './api-refusal.ts';
import type { ListMode } from './known-objects.ts';
import type { ListAge } from './list-age.ts';
import { listPages } from './list-pages.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { own, Undeliverable } from './reflector-errors.ts';
import type { WatchPosition } from './watch-position.ts';

const GONE_CHUNK = 500;
const FULL_LIST_RETRY_MS = 600_000;
/** A server that refuses the list to resume with, but not as expired, is asked so often; then for any list. */
const RESUME_TRIES = 5;
/** Says nothing about the list that was asked for. */
const BUSY = new Set([429, 503]);

/** The lists of a reflector: to begin with, to resume an earlier life, to begin anew, and to tell everything again. */
export interface ReflectorLists {
  /** Brings the position to a version that can be watched from, and tells everything again where that is due. */
  prepare(signal: AbortSignal): Promise<void>;
  retellSoon(): void;
}

export function createLists(
  deps: ReflectorDeps,
  {
    position,
    age,
    log,
    settle,
  }: { position: WatchPosition; age: ListAge; log: Logger; /** Called when a list is complete. */ settle: () => void },
): ReflectorLists {
  const { watched, transport, clock, known, coverage, options } = deps;
  let relistsDone = 0;
  let unchangedTold = false;
  let retellsAsked = 0;
  let fullAt = deps.lastFullAt;
  let resumeFrom = deps.resumeFrom;
  let resumeTries = 0;
  let everListed = coverage.lastProofAt() !== null;

  const fullDue = (): boolean => fullAt !== null && clock.now() - fullAt >= options.fullListEveryMs && deps.mayRetell();

  /** Throws where a list is older than what was seen, unless that has lasted. */
  function checkAge(listed: string): void {
    const before = age.check(listed);
    if (before === null) return;
    position.because(`the versions of the API server have gone back, from ${before} to ${listed}`);
    log.warn({ before, listed }, 'the versions of the API server have gone back for good');
    known.forgetVersions();
  }

  async function list(signal: AbortSignal, mode: ListMode, exactVersion?: string) {
    let [at, reached, vanished, started] = [clock.now(), '', 0, false];
    const settings = { ...options, timeoutMs: options.requestTimeoutMs, ...(exactVersion ? { exactVersion } : {}) };
    for await (const page of listPages(transport, watched, settings, signal)) {
      if (exactVersion && page.version !== exactVersion) throw new Refused(200, 'expired', 'not the version asked for');
      if (page.first && !exactVersion) {
        checkAge(page.version);
        // Though the list may break off, what it has told counts: the next one must not be older.
        age.reached(page.version);
      }
      if (page.first) {
        known.beginList();
        at = clock.now();
      }
      started = true;
      reached = page.version;
      if (page.unreadable > 0) {
        deps.count('bad_items', page.unreadable);
        log.warn({ items: page.unreadable }, 'a list holds items that are no objects');
      }
      const changes = page.items.flatMap((item) => {
        const one = known.listed(item, mode);
        if (one.length === 0 && !unchangedTold) deps.onUnchanged?.(item);
        return one;
      });
      vanished += changes.filter((change) => change.op === 'vanished').length;
      await position.deliver(changes, exactVersion ?? null);
    }
    if (!started || reached === '') throw new Refused(200, 'retry', 'a list without a version');
    const gone = known.endList();
    for (let i = 0; i < gone.length; i += GONE_CHUNK)
      await position.deliver(gone.slice(i, i + GONE_CHUNK), exactVersion ?? null);
    return { at, reached, vanished: vanished + gone.length };
  }

  /** `asked`: how often a full list had been asked for when this one began. */
  function toldAll(at: number, asked: number): void {
    if (asked !== retellsAsked) return;
    fullAt = at;
    deps.onFullList(at);
  }

  async function relist(signal: AbortSignal): Promise<void> {
    const repeat = fullDue();
    const asked = retellsAsked;
    const done = await list(signal, { newOp: everListed ? 'add' : 'list', repeat });
    if (repeat || !everListed) toldAll(done.at, asked);
    deps.count('relists');
    const vanished = watched.source.expires ? 0 : done.vanished;
    position.reach(done.reached);
    await own(coverage.listed(done.at, vanished, position.reason()));
    log[relistsDone === 0 ? 'debug' : 'info']({ objects: known.size, vanished, reason: position.reason() }, 'listed');
    everListed = unchangedTold = true;
    relistsDone++;
    settle();
  }

  /** Whether the list to resume with is worth another try: the server's trouble is, for a while, and a denial. */
  function mayResumeLater(error: unknown): boolean {
    if (error instanceof Undeliverable || isAppError(error, 'unavailable') || isAppError(error, 'aborted')) return true;
    if (!(error instanceof Refused)) return ++resumeTries < RESUME_TRIES;
    if (error.verdict !== 'retry') return error.verdict === 'unreadable';
    return error.status !== 400 && (BUSY.has(error.status) || ++resumeTries < RESUME_TRIES);
  }

  /** Takes an earlier life up where it stood: its version is listed, so that deaths without their log are found, and watched on from. */
  async function resume(from: string, signal: AbortSignal): Promise<void> {
    coverage.resuming('the agent was away');
    try {
      await list(signal, { newOp: 'add', repeat: false }, from);
      position.reach(from);
      unchangedTold = true;
      settle();
    } catch (error) {
      if (mayResumeLater(error)) throw error;
      position.because(`the agent was away: ${messageOf(error)}`);
      log.info({ from, reason: messageOf(error) }, 'an earlier life cannot be resumed: listing anew');
    }
    resumeFrom = null;
  }

  /** Tells every object again at the version that the watch has reached, so that nothing is missed between the two. */
  async function retell(at: string, signal: AbortSignal): Promise<void> {
    const asked = retellsAsked;
    try {
      toldAll((await list(signal, { newOp: 'list', repeat: true }, at)).at, asked);
    } catch (error) {
      if (!(error instanceof Refused) || error.verdict === 'unreadable') throw error;
      if (error.verdict === 'retry' && error.status !== 400)
        fullAt = clock.now() - options.fullListEveryMs + FULL_LIST_RETRY_MS;
      else position.lose('full list');
      log.info({ reason: error.message }, 'the full list has to wait or to be a relist');
    }
  }

  return {
    async prepare(signal) {
      if (position.version() === null && resumeFrom !== null) await resume(resumeFrom, signal);
      const version = position.version();
      if (version === null) await relist(signal);
      else if (fullDue()) await retell(version, signal);
    },
    retellSoon() {
      retellsAsked++;
      fullAt = -Infinity;
    },
  };
}
