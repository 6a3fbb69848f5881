import type { Logger } from '../../platform/log.ts';
import { refusedByAnswer, refusedInWatch } from './api-refusal.ts';
import type { Change } from './known-objects.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { BadLineSeen, own, Undeliverable, WatchCut, WatchStalled } from './reflector-errors.ts';
import { isOlder } from './resource-version.ts';
import { collectionPath } from './sources.ts';
import { stallTimer } from './stall-timer.ts';
import { confirmLater } from './standing-confirmation.ts';
import { watchEvents, type BadLine, type WatchEvent } from './watch-lines.ts';
import type { WatchPosition } from './watch-position.ts';

/** A watch that ends this soon and brought nothing new is a failure, as in client-go. */
const SHORT_WATCH_MS = 1_000;
/** An API server that has just started answers 200 and sends its 410 as the first event. */
const CONFIRM_MS = 1_000;
/** A reader that was kept from reading for so long has fallen behind, until it has waited so long for something to read. */
const HELD_MS = 1_000;
const WAITED_MS = 20;

/** What a server sends again, from before the version reached, has been told. */
const isNews = (version: string, reached: string | null): boolean =>
  reached === null || (version !== reached && !isOlder(version, reached));

const isGood = (event: WatchEvent): boolean => event.type !== 'ERROR' && event.type !== 'BAD';

/**
 * Reads one watch after the other. Each asks for a short time and is given up when its end does not come. What it proves
 * counts once it has stood for a second, and only while its reader keeps up. Resolves at a clean end; throws WatchCut,
 * WatchStalled, BadLineSeen, Refused, Undeliverable, and what the transport throws.
 */
export function createWatchReader(
  deps: ReflectorDeps,
  { position, log }: { position: WatchPosition; log: Logger },
): (from: string, signal: AbortSignal) => Promise<void> {
  const { watched, transport, clock, known, coverage, options } = deps;

  /** Takes over one chunk's events; the version reached counts only once they have been taken over. */
  async function take(events: readonly WatchEvent[]): Promise<void> {
    const changes: Change[] = [];
    let reached = position.version();
    let trouble: Error | null = null;
    for (const event of events) {
      if (event.type === 'BOOKMARK') {
        if (isNews(event.version, reached)) reached = event.version;
      } else if (event.type === 'ERROR') trouble = refusedInWatch(event.status);
      else if (event.type === 'BAD') trouble = badLine(event.line);
      else if (isNews(event.object.metadata.resourceVersion, reached)) {
        for (const change of known.watched(event.type, event.object)) changes.push(change);
        reached = event.object.metadata.resourceVersion;
      }
      if (trouble) break;
    }
    await position.deliver(changes, reached);
    if (reached !== null && reached !== position.version()) position.reach(reached);
    if (trouble) throw trouble;
  }

  function badLine(line: BadLine): Error {
    deps.count('bad_lines');
    deps.onBadLine(watched, line);
    log.warn({ reason: line.reason, bytes: line.bytes }, 'a watch line could not be read');
    const words = `unreadable watch line: ${line.reason}, ${line.bytes} bytes`;
    return line.reason === 'truncated' ? new WatchCut(words) : new BadLineSeen(words);
  }

  return async function watch(from, signal) {
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
    let [news, behind] = [false, false];
    let askedAt = startedAt;
    const caughtUp = async (): Promise<void> => {
      behind = false;
      await own(coverage.standing(clock.now()));
    };
    try {
      for await (const events of watchEvents(response.body, options)) {
        const cameAt = clock.now();
        if (behind && cameAt - askedAt >= WAITED_MS) await caughtUp();
        // Bytes that are no event are no sign of life: a proxy may keep a dead watch warm.
        if (events.length === 0) continue;
        stall.busy();
        if (!behind && standing.confirmed() && events.some(isGood)) {
          coverage.proof();
          news = true;
        }
        await take(events);
        stall.rest();
        askedAt = clock.now();
        if (askedAt - cameAt >= HELD_MS) {
          behind = true;
          coverage.fellBehind(cameAt, 'the local log took nothing');
        }
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
    if (position.version() === from && clock.now() - startedAt < SHORT_WATCH_MS)
      throw new WatchCut('the watch ended at once');
    if (behind) await caughtUp();
    else if (standing.confirmed()) coverage.proof();
  };
}
