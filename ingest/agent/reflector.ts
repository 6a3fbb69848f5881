import { isAppError, messageOf } from '../../platform/errors.ts';
import { Refused, refusedByAnswer, refusedInWatch } from './api-refusal.ts';
import { createBackoff, DENIED_BACKOFF, RETRY_BACKOFF } from './backoff.ts';
import type { Change, ListMode } from './known-objects.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { createListAge } from './list-age.ts';
import { listPages } from './list-pages.ts';
import { collectionPath } from './sources.ts';
import { confirmLater } from './standing-confirmation.ts';
import { stallTimer } from './stall-timer.ts';
import { watchEvents, type BadLine, type WatchEvent } from './watch-lines.ts';

export interface Reflector {
  /** Runs until `signal` aborts. Rejects only with what `deliver` or the coverage's writer threw. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first list is complete, or is known to be refused or failing. */
  readonly settled: Promise<void>;
  /** Every object is told again when the next watch begins. */
  retellSoon(): void;
}

const GONE_CHUNK = 500;
/** A watch that ends this soon and brought nothing is a failure, as in client-go. */
const SHORT_WATCH_MS = 1_000;
const FULL_LIST_RETRY_MS = 600_000;
/** A server that refuses the list to resume with, but not as expired, is asked so often; then for any list. */
const RESUME_TRIES = 5;
/** Says nothing about the list that was asked for. */
const BUSY = new Set([429, 503]);
/** An API server that has just started answers 200 and sends its 410 as the first event. */
const CONFIRM_MS = 1_000;

const isGood = (event: WatchEvent): boolean => event.type !== 'ERROR' && event.type !== 'BAD';

/** What the caller's own hands threw, as opposed to the server's and the network's troubles. */
class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

class WatchCut extends Error {
  override readonly name = 'WatchCut';
}

/** A watch whose end did not come. It stood for a while, so the next one need not wait. */
class WatchStalled extends Error {
  override readonly name = 'WatchStalled';
}

class BadLineSeen extends Error {
  override readonly name = 'BadLineSeen';
}

/**
 * One list-watch loop, with client-go's rules and three more. List in pages at a consistent version, watch from there with
 * bookmarks and a random end. A clean end or a cut: watch again from the last version reached, nothing is lost; an earlier
 * life's version serves as well, as long as the server can still list it. 410, or a line that cannot be read twice: list
 * anew; what is gone by then has vanished. A list older than what was seen is not believed. A refusal is a state that is
 * asked about again; all else waits and is tried again. The version moves on only after what came before it has been
 * taken over.
 */
export function createReflector(deps: ReflectorDeps): Reflector {
  const { watched, transport, clock, known, coverage, options } = deps;
  const log = deps.log.child({ source: watched.source.name, namespace: watched.namespace });
  const retry = createBackoff(clock, deps.random, RETRY_BACKOFF);
  const relists = createBackoff(clock, deps.random, RETRY_BACKOFF);
  const denied = createBackoff(clock, deps.random, DENIED_BACKOFF);
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => (settle = resolve));
  let version: string | null = null;
  let relistReason = 'start';
  let relistsDone = 0;
  let fullAt = deps.lastFullAt;
  let resumeFrom = deps.resumeFrom;
  let resumeTries = 0;
  const age = createListAge(clock, [known.newest(), deps.resumeFrom ?? '']);
  let badAt: string | null = null;
  let everListed = coverage.lastProofAt() !== null;

  async function own<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw new Undeliverable(messageOf(error), { cause: error });
    }
  }

  async function deliver(changes: readonly Change[], at: string | null): Promise<void> {
    if (changes.length === 0) return;
    deps.count('changes', changes.length);
    await own(deps.deliver(changes, at));
  }

  /** What came before `at` has been taken over: the watch stands there. */
  function reach(at: string): void {
    version = at;
    age.reached(at);
    deps.onReached(at);
  }

  /** Throws where a list is older than what was seen, unless that has lasted. */
  function checkAge(listed: string): void {
    const before = age.check(listed);
    if (before === null) return;
    relistReason = `the versions of the API server have gone back, from ${before} to ${listed}`;
    log.warn({ before, listed }, 'the versions of the API server have gone back for good');
    known.forgetVersions();
  }

  const fullDue = (): boolean => fullAt !== null && clock.now() - fullAt >= options.fullListEveryMs && deps.mayRetell();

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
        if (one.length === 0 && relistsDone === 0) deps.onUnchanged?.(item);
        return one;
      });
      vanished += changes.filter((change) => change.op === 'vanished').length;
      await deliver(changes, exactVersion ?? null);
    }
    if (!started || reached === '') throw new Refused(200, 'retry', 'a list without a version');
    const gone = known.endList();
    for (let i = 0; i < gone.length; i += GONE_CHUNK)
      await deliver(gone.slice(i, i + GONE_CHUNK), exactVersion ?? null);
    return { at, reached, vanished: vanished + gone.length };
  }

  function toldAll(at: number): void {
    fullAt = at;
    deps.onFullList(at);
  }

  async function relist(signal: AbortSignal): Promise<void> {
    const repeat = fullDue();
    const done = await list(signal, { newOp: everListed ? 'add' : 'list', repeat });
    if (repeat || !everListed) toldAll(done.at);
    deps.count('relists');
    const vanished = watched.source.expires ? 0 : done.vanished;
    reach(done.reached);
    await own(coverage.listed(done.at, vanished, relistReason));
    log[relistsDone === 0 ? 'debug' : 'info']({ objects: known.size, vanished, reason: relistReason }, 'listed');
    everListed = true;
    relistsDone++;
    settle();
  }

  /** Takes an earlier life up where it stood: its version is listed, so that deaths without their log are found, and watched on from. */
  async function resume(from: string, signal: AbortSignal): Promise<void> {
    coverage.resuming('the agent was away');
    try {
      await list(signal, { newOp: 'add', repeat: false }, from);
      reach(from);
      settle();
    } catch (error) {
      if (!(error instanceof Refused) || error.verdict === 'unreadable') throw error;
      const busy = BUSY.has(error.status);
      if (error.verdict === 'retry' && error.status !== 400 && (busy || ++resumeTries < RESUME_TRIES)) throw error;
      relistReason = `the agent was away: ${error.message}`;
      log.info({ from, reason: error.message }, 'an earlier life cannot be resumed: listing anew');
    }
    resumeFrom = null;
  }

  /** Tells every object again at the version that the watch has reached, so that nothing is missed between the two. */
  async function retell(at: string, signal: AbortSignal): Promise<void> {
    try {
      toldAll((await list(signal, { newOp: 'list', repeat: true }, at)).at);
    } catch (error) {
      if (!(error instanceof Refused) || error.verdict === 'unreadable') throw error;
      if (error.verdict === 'retry' && error.status !== 400)
        fullAt = clock.now() - options.fullListEveryMs + FULL_LIST_RETRY_MS;
      else version = null;
      relistReason = 'full list';
      log.info({ reason: error.message }, 'the full list has to wait or to be a relist');
    }
  }

  /** Takes over one chunk's events; the version reached counts only once they have been taken over. */
  async function take(events: readonly WatchEvent[]): Promise<void> {
    const changes: Change[] = [];
    let reached = version;
    let trouble: Error | null = null;
    for (const event of events) {
      if (event.type === 'BOOKMARK') reached = event.version;
      else if (event.type === 'ERROR') trouble = refusedInWatch(event.status);
      else if (event.type === 'BAD') trouble = badLine(event.line);
      else {
        for (const change of known.watched(event.type, event.object)) changes.push(change);
        reached = event.object.metadata.resourceVersion;
      }
      if (trouble) break;
    }
    await deliver(changes, reached);
    if (reached !== null && reached !== version) reach(reached);
    if (trouble) throw trouble;
  }

  function badLine(line: BadLine): Error {
    deps.count('bad_lines');
    deps.onBadLine(watched, line);
    log.warn({ reason: line.reason, bytes: line.bytes }, 'a watch line could not be read');
    const words = `unreadable watch line: ${line.reason}, ${line.bytes} bytes`;
    return line.reason === 'truncated' ? new WatchCut(words) : new BadLineSeen(words);
  }

  async function watch(from: string, signal: AbortSignal): Promise<void> {
    const seconds = Math.round(options.watchSeconds * (1 + 0.4 * deps.random()));
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(seconds),
    });
    const stop = new AbortController();
    const path = `${collectionPath(watched)}?${query.toString()}`;
    const either = AbortSignal.any([signal, stop.signal]);
    const response = await transport.request({ path, signal: either, timeoutMs: options.requestTimeoutMs });
    if (response.status !== 200) throw await refusedByAnswer(response);
    const stall = stallTimer(clock, options.stallMs ?? seconds * 1000 + options.stallMarginMs, () => stop.abort());
    const justListed = coverage.state() === 'gap' && clock.now() - (coverage.lastProofAt() ?? 0) < CONFIRM_MS;
    const confirmMs = justListed ? 0 : CONFIRM_MS;
    const standing = confirmLater(
      clock,
      confirmMs,
      (at) => own(coverage.standing(at)),
      () => stop.abort(),
    );
    const startedAt = clock.now();
    const provenAt = coverage.lastProofAt();
    let [quiet, news] = [true, false];
    try {
      for await (const events of watchEvents(response.body, options)) {
        stall.busy();
        quiet &&= events.length === 0;
        if (standing.confirmed() && events.some(isGood)) {
          coverage.proof();
          news = true;
        }
        await take(events);
        stall.rest();
      }
      standing.check();
    } catch (error) {
      standing.check();
      throw stall.fired() && !(error instanceof Undeliverable) ? new WatchStalled('stalled') : error;
    } finally {
      // Frozen in the middle of what had gathered and merely quiet look the same.
      if (!news) coverage.doubt(provenAt);
      standing.cancel();
      stall.cancel();
      response.destroy();
    }
    if (stall.fired()) throw new WatchStalled('stalled');
    if (quiet && clock.now() - startedAt < SHORT_WATCH_MS) throw new WatchCut('the watch ended at once');
    if (standing.confirmed()) coverage.proof();
  }

  async function recover(error: unknown, signal: AbortSignal): Promise<void> {
    const why = isAppError(error) ? `${error.code}: ${error.message}` : messageOf(error);
    if (error instanceof Refused && error.verdict === 'unreadable') {
      await own(coverage.unreadable(why));
      settle();
      if (denied.failures() === 0) log.warn({ reason: why }, 'may not be read');
      return clock.sleep(error.retryAfterMs ?? denied.next(), signal);
    }
    const badTwice = error instanceof BadLineSeen && badAt === version;
    if (error instanceof BadLineSeen) badAt = version;
    const relistNow = badTwice || (error instanceof Refused && error.verdict === 'expired');
    if (relistNow) {
      version = null;
      relistReason = why;
    }
    await own(coverage.cut(why));
    deps.count('watch_failures');
    if (error instanceof WatchStalled) return log.info({ reason: why }, 'a watch brought nothing, not even its end');
    const atOnce = relistNow || error instanceof BadLineSeen;
    const backoff = atOnce ? relists : retry;
    const delay = backoff.next();
    const first = backoff.failures() === 1;
    log[first ? 'info' : 'debug']({ reason: why, failures: backoff.failures() }, 'a list or watch ended in trouble');
    if (atOnce && first) return;
    settle();
    const askedMs = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
    await clock.sleep(askedMs > delay ? askedMs + Math.round(deps.random() * 1000) : delay, signal);
  }

  return {
    settled,
    retellSoon: () => void (fullAt = -Infinity),
    async run(signal) {
      while (!signal.aborted) {
        try {
          if (version === null && resumeFrom !== null) await resume(resumeFrom, signal);
          if (version === null) await relist(signal);
          else if (fullDue()) await retell(version, signal);
          if (version !== null) await watch(version, signal);
        } catch (error) {
          if (error instanceof Undeliverable) throw error.cause;
          if (!signal.aborted) await recover(error, signal);
        }
      }
      settle();
    },
  };
}
