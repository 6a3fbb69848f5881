import { isAppError, messageOf } from '../../platform/errors.ts';
import { Refused } from './api-refusal.ts';
import { createBackoff, DENIED_BACKOFF, RETRY_BACKOFF } from './backoff.ts';
import { createListAge } from './list-age.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { BadLineSeen, own, Undeliverable, WatchStalled } from './reflector-errors.ts';
import { createLists } from './reflector-lists.ts';
import { createWatchReader } from './reflector-watch.ts';
import { createWatchPosition } from './watch-position.ts';

export interface Reflector {
  /** Runs until `signal` aborts. Rejects only with what `deliver` or the coverage's writer threw. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first list is complete, or is known to be refused or failing. */
  readonly settled: Promise<void>;
  /** Every object is told again when the next watch begins. */
  retellSoon(): void;
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
  const { watched, clock, known, coverage } = deps;
  const log = deps.log.child({ source: watched.source.name, namespace: watched.namespace });
  const retry = createBackoff(clock, deps.random, RETRY_BACKOFF);
  const relists = createBackoff(clock, deps.random, RETRY_BACKOFF);
  const denied = createBackoff(clock, deps.random, DENIED_BACKOFF);
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  const age = createListAge(clock, [known.newest(), deps.resumeFrom ?? '']);
  const position = createWatchPosition(deps, age);
  const lists = createLists(deps, { position, age, log, settle });
  const watch = createWatchReader(deps, { position, log });
  /** The version after which a line could not be read. */
  let badAt: string | null = null;

  async function recover(error: unknown, signal: AbortSignal): Promise<void> {
    const why = isAppError(error) ? `${error.code}: ${error.message}` : messageOf(error);
    if (error instanceof Refused && error.verdict === 'unreadable') {
      await own(coverage.unreadable(why));
      settle();
      if (denied.failures() === 0) log.warn({ reason: why }, 'may not be read');
      return clock.sleep(error.retryAfterMs ?? denied.next(), signal);
    }
    const badTwice = error instanceof BadLineSeen && badAt === position.version();
    if (error instanceof BadLineSeen) badAt = position.version();
    const relistNow = badTwice || (error instanceof Refused && error.verdict === 'expired');
    if (relistNow) position.lose(why);
    await own(coverage.cut(why));
    deps.count('watch_failures');
    if (error instanceof WatchStalled) return log.info({ reason: why }, 'a watch brought nothing, not even its end');
    const atOnce = relistNow || error instanceof BadLineSeen;
    const backoff = atOnce ? relists : retry;
    const delay = backoff.next();
    const first = backoff.failures() === 1;
    const level = position.version() === null ? 'warn' : 'info';
    log[first ? level : 'debug']({ reason: why, failures: backoff.failures() }, 'a list or watch ended in trouble');
    if (atOnce && first) return;
    settle();
    const askedMs = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
    await clock.sleep(askedMs > delay ? askedMs + Math.round(deps.random() * 1000) : delay, signal);
  }

  return {
    settled,
    retellSoon: lists.retellSoon,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await lists.prepare(signal);
          const version = position.version();
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
