import { toTime, type Clock } from '../../../platform/clock.ts';
import { isAppError, messageOf, type AppError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Store } from '../../../platform/store/store.ts';
import { rollUpDay } from '../roll-ups/index.ts';
import type { ImportMetrics } from './metrics.ts';
import { DAY_MS, HOUR_MS, hourOf, isOfServer, pauseAfter, planJobs, readyTo, type Job } from './plan.ts';
import type { UsageServer } from './server.ts';
import type { Turns } from './turns.ts';
import { importJob, type Imported } from './window.ts';
import { countStates, readHours, windowRow, writeHours, type RecordedHours } from './windows.ts';

export interface Timing {
  readonly delayMs: number;
  readonly intervalMs: number;
  readonly catchUpMs: number;
}

export interface Shared {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly turns: Turns;
  readonly nextVersion: (after?: number) => number;
  readonly metrics: ImportMetrics;
}

/** What a range that was asked for comes to, job by job. */
export type Progress =
  { readonly job: Job; readonly imported: Imported } | { readonly job: Job; readonly error: AppError };

export interface ClusterImport {
  /** Does what is due, `parallel_windows` jobs at most, and answers after how many milliseconds to look again. */
  step(signal: AbortSignal): Promise<number>;
  /**
   * Imports the hours that [fromMs, toMs) touches and that are over, the newest first; hours that are done are left, unless
   * `force`. Hours that fail are recorded and passed over, until the server itself is what fails.
   */
  importRange(
    range: { fromMs: number; toMs: number; force: boolean },
    onProgress: (progress: Progress, left: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

const AT_ONCE = 2;

/** The import of one cluster. */
export function createClusterImport(server: UsageServer, timing: Timing, shared: Shared): ClusterImport {
  const { cluster } = server;
  const { store, clock, log, turns, nextVersion, metrics } = shared;
  /** Until when a server that failed is left alone, and how often it has in a row. */
  let pausedUntilMs = 0;
  let failures = 0;

  const read = (fromMs: number, toMs: number): Promise<RecordedHours> =>
    readHours(store, { cluster, fromMs: hourOf(fromMs), toMs });

  async function run(job: Job, hours: RecordedHours, signal: AbortSignal): Promise<Progress | undefined> {
    const before = new Map([...hours].filter(([hourMs]) => hourMs >= hourOf(job.fromMs) && hourMs < job.toMs));
    const startedMs = clock.now();
    const about = { cluster, from: toTime(job.fromMs), to: toTime(job.toMs) };
    try {
      const imported = await importJob(server, job, before, { store, now: () => clock.now(), nextVersion }, signal);
      failures = 0;
      pausedUntilMs = 0;
      metrics.imported(cluster, imported, clock.now());
      log.info({ ...about, ...imported, ms: clock.now() - startedMs }, 'usage imported');
      return { job, imported };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isAppError(error) || !error.code.startsWith('prometheus_')) throw error;
      metrics.failed(cluster, error.code);
      log.warn({ ...about, code: error.code, error: messageOf(error) }, 'usage could not be imported');
      await recordFailure(job, before, error);
      return { job, error };
    }
  }

  /** Of a server that fails only the newest hour is recorded: the others were not tried for what they are. */
  async function recordFailure(job: Job, before: RecordedHours, error: AppError): Promise<void> {
    const ofServer = isOfServer(error.code);
    const newestMs = hourOf(job.toMs - 1);
    const firstMs = ofServer ? newestMs : hourOf(job.fromMs);
    const nowMs = clock.now();
    const told = error.details['retry_after_ms'];
    const retryAfterMs = typeof told === 'number' ? told : 0;
    const version = nextVersion(Math.max(0, ...[...before.values()].map((hour) => hour.version)));
    if (ofServer) failures++;
    const rows = [];
    for (let hourMs = firstMs; hourMs <= newestMs; hourMs += HOUR_MS) {
      const tries = (before.get(hourMs)?.tries ?? 0) + 1;
      const pauseMs = pauseAfter(ofServer ? failures : tries, error.code, shared.random(), retryAfterMs);
      if (ofServer) pausedUntilMs = nowMs + pauseMs;
      const failed = { tries, next_try_at: toTime(nowMs + pauseMs), error_code: error.code, error: error.message };
      rows.push(windowRow({ cluster, hourMs, nowMs, version }, before.get(hourMs), { state: 'failed', ...failed }));
    }
    await writeHours(store, rows);
    // The hour that ends a day makes the day of what there is, also when it fails.
    const dayMs = Math.floor(newestMs / DAY_MS) * DAY_MS;
    const endsDay = newestMs + HOUR_MS === dayMs + DAY_MS && dayMs + DAY_MS <= nowMs;
    if (endsDay && rows.some(({ tries }) => tries === 1)) {
      await rollUpDay(store, { cluster, dayMs, version: nextVersion(version) });
    }
  }

  function tellLag(hours: RecordedHours): void {
    const ends = [...hours.values()].flatMap(({ importedToMs }) => importedToMs ?? []);
    if (ends.length > 0) metrics.lag(cluster, Math.max(0, clock.now() - Math.max(...ends)));
  }

  return {
    async step(signal) {
      const nowMs = clock.now();
      if (pausedUntilMs > nowMs) return pausedUntilMs - nowMs;
      const hours = await read(nowMs - timing.catchUpMs, nowMs + HOUR_MS);
      tellLag(hours);
      const jobs = planJobs(hours, { nowMs, ...timing });
      const [first] = jobs;
      metrics.states(cluster, await countStates(store, cluster));
      if (!first) return Math.min(timing.intervalMs, untilDue(hours, nowMs));
      // One alone after failures: it tells whether the server is well again.
      const now = failures > 0 || first.kind === 'open' ? [first] : jobs.slice(0, AT_ONCE);
      await Promise.all(now.map((job) => turns.take(() => run(job, hours, signal))));
      return Math.max(0, pausedUntilMs - clock.now());
    },

    async importRange({ fromMs, toMs, force }, onProgress, signal) {
      const overMs = hourOf(readyTo({ nowMs: clock.now(), delayMs: timing.delayMs }));
      const untilMs = Math.min(hourOf(toMs + HOUR_MS - 1), overMs);
      const hours = await read(fromMs, untilMs);
      const jobs = jobsOf(hours, { fromMs: hourOf(fromMs), toMs: untilMs, force });
      for (const [index, job] of jobs.entries()) {
        const progress = await turns.take(() => run(job, hours, signal));
        if (!progress) return;
        onProgress(progress, jobs.length - index - 1);
        if ('error' in progress && isOfServer(progress.error.code)) return;
      }
    },
  };
}

function untilDue(hours: RecordedHours, nowMs: number): number {
  const due = [...hours.values()].flatMap(({ nextTryAtMs }) => nextTryAtMs ?? []).filter((ms) => ms > nowMs);
  return Math.max(1_000, Math.min(Number.POSITIVE_INFINITY, ...due) - nowMs);
}

/** The jobs of a range, as if every hour of it that is not done were due now. */
function jobsOf(
  hours: RecordedHours,
  { fromMs, toMs, force }: { fromMs: number; toMs: number; force: boolean },
): Job[] {
  const within = [...hours].filter(([hourMs]) => hourMs >= fromMs && hourMs < toMs);
  const kept = within.filter(([, { state }]) => state === 'done' && !force);
  const known = new Map(kept);
  if (fromMs >= toMs) return [];
  // Nothing is of the hour after the last: planning sees it as imported just now.
  return planJobs(known, { nowMs: toMs, delayMs: 0, intervalMs: HOUR_MS, catchUpMs: toMs - fromMs }).filter(
    (job) => job.kind === 'hours',
  );
}
