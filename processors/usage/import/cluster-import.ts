import { toTime, type Clock } from '../../../platform/clock.ts';
import { AppError, messageOf } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Store } from '../../../platform/store/store.ts';
import { oldestImport, oldestRows, refuseTooOld, type UsageRetention } from '../../../platform/usage-retention.ts';
import { sumUpDays } from './days.ts';
import { giveUp, isRecorded, recordFailure, type Health } from './failures.ts';
import type { ImportMetrics } from './metrics.ts';
import {
  cutJob,
  HOUR_MS,
  hourOf,
  hoursTogether,
  isOfServer,
  planJobs,
  readyTo,
  type HourState,
  type Job,
} from './plan.ts';
import type { UsageServer } from './server.ts';
import type { Turns } from './turns.ts';
import { importJob, type Imported } from './window.ts';
import { countStates, readHours, type RecordedHours } from './windows.ts';

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
  readonly retention: UsageRetention;
  /** Names this process in its writes. */
  readonly by: string;
}

/** What a range that was asked for comes to, job by job. */
export type Progress =
  { readonly job: Job; readonly imported: Imported } | { readonly job: Job; readonly error: AppError };

export interface ClusterImport {
  /** Does what is due, as many jobs as there are turns and each in its turn, and answers after how many milliseconds to look again. */
  step(signal: AbortSignal): Promise<number>;
  /**
   * Imports the hours that [fromMs, toMs) touches and that are over, the newest first; hours that are done are left, unless
   * `force`. Hours that fail are recorded and passed over, until the server itself is what fails. Then sums up the days. Told is
   * each job with how many hours are left; resolves to how many were not tried, to where the hours end that are over, and how many
   * days could not be summed up. Throws AppError `bad_request` for a range that begins before what is kept, or of which no hour is
   * over.
   */
  importRange(
    range: { fromMs: number; toMs: number; force: boolean },
    onProgress: (progress: Progress, hoursLeft: number) => void,
    signal: AbortSignal,
  ): Promise<{ hoursLeft: number; toMs: number; daysFailed: number }>;
}

const KEPT = 'usage is left as it was: the server knows less of it than is stored';

const hoursIn = (jobs: readonly Job[]): number => jobs.reduce((sum, job) => sum + (job.toMs - job.fromMs) / HOUR_MS, 0);

/** The import of one cluster. */
export function createClusterImport(server: UsageServer, timing: Timing, shared: Shared): ClusterImport {
  const { cluster, settings } = server;
  const { store, clock, log, turns, nextVersion, metrics, retention, by } = shared;
  const recording = { cluster, settings, by };
  const health: Health = { pausedUntilMs: 0, failures: 0, failedAtMs: Number.NEGATIVE_INFINITY };
  /** Pods of the hour that was imported last. */
  let pods = 0;
  // Where nothing is known of the hours before, it begins with this process.
  let importedToMs = clock.now();
  let isHeard = false;
  /** One hour alone, while nothing tells how large it is. */
  const together = (): number => (pods === 0 ? 1 : hoursTogether(pods));

  const read = (fromMs: number, toMs: number): Promise<RecordedHours> => {
    const rowsFromMs = oldestRows(retention, clock.now());
    return readHours(store, { cluster, settings, fromMs: hourOf(fromMs), toMs, rowsFromMs });
  };

  async function run(job: Job, hours: RecordedHours, signal: AbortSignal): Promise<Progress | undefined> {
    const before = new Map([...hours].filter(([hourMs]) => hourMs >= hourOf(job.fromMs) && hourMs < job.toMs));
    const startedMs = clock.now();
    const about = { cluster, from: toTime(job.fromMs), to: toTime(job.toMs) };
    const deps = { store, now: () => clock.now(), nextVersion, log, retention, recording };
    try {
      const imported = await importJob(server, job, before, deps, signal);
      health.failures = 0;
      health.pausedUntilMs = 0;
      pods = imported.pods;
      metrics.imported(cluster, imported, clock.now());
      const { withoutUse, ...came } = imported;
      log.info({ ...about, ...came, ms: clock.now() - startedMs }, imported.kept ? KEPT : 'usage imported');
      for (const hourMs of withoutUse) await fail(hourMs, before, startedMs);
      return { job, imported };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isRecorded(error)) throw error;
      metrics.failed(cluster, error.code);
      log.warn({ ...about, code: error.code, error: messageOf(error) }, 'usage could not be imported');
      await record(job, before, startedMs, error);
      return { job, error };
    }
  }

  const record = (job: Job, before: RecordedHours, startedMs: number, error: AppError): Promise<void> => {
    const { random } = shared;
    const deps = { store, recording, health, startedMs, nowMs: clock.now(), random, nextVersion };
    return recordFailure(deps, { job, before, error });
  };

  /** An hour of which nothing came, of a job of which other hours are done. */
  async function fail(hourMs: number, before: RecordedHours, startedMs: number): Promise<void> {
    const error = new AppError('prometheus_nothing', `nothing of CPU and memory came: ${server.asked}`);
    metrics.failed(cluster, error.code);
    await record({ kind: 'hours', fromMs: hourMs, toMs: hourMs + HOUR_MS }, before, startedMs, error);
  }

  /** What somebody asked for, or what failed, and cannot be summed up any more. */
  async function giveUpOld(hours: RecordedHours, nowMs: number): Promise<void> {
    const oldestMs = oldestImport(retention, nowMs);
    const states = new Set(['pending', 'failed', 'open']);
    const old = [...hours].filter(([hourMs, { state }]) => hourMs < oldestMs && states.has(state));
    const [first] = old;
    if (!first) return;
    try {
      refuseTooOld({ fromMs: first[0] }, retention, nowMs);
    } catch (error) {
      if (!isRecorded(error)) throw error;
      log.warn({ cluster, hours: old.length, error: error.message }, 'hours of usage are given up');
      await giveUp({ store, recording, nowMs, nextVersion }, new Map(old), error);
    }
  }

  function tellLag(hours?: RecordedHours): void {
    const ends = [...(hours?.values() ?? [])].flatMap((hour) => hour.importedToMs ?? []);
    if (ends.length > 0) {
      importedToMs = isHeard ? Math.max(importedToMs, ...ends) : Math.max(...ends);
      isHeard = true;
    }
    metrics.lag(cluster, Math.max(0, clock.now() - importedToMs));
  }

  /** Takes the jobs off the queue, as many at a time as there are turns, until it is empty or the server fails. */
  async function work(queue: Job[], hours: RecordedHours, tell: (progress: Progress) => void, signal: AbortSignal) {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const [next = job, ...rest] = cutJob(job, together());
      queue.unshift(...rest);
      const progress = await run(next, hours, signal);
      // The jobs that are under way end; no other begins.
      if (!progress) return;
      tell(progress);
      if ('error' in progress && isOfServer(progress.error.code)) return;
      if (health.failures > 0) return;
    }
  }

  return {
    async step(signal) {
      const nowMs = clock.now();
      if (health.pausedUntilMs > nowMs) {
        tellLag();
        return Math.min(timing.intervalMs, health.pausedUntilMs - nowMs);
      }
      const hours = await read(nowMs - timing.catchUpMs, nowMs + HOUR_MS);
      tellLag(hours);
      await giveUpOld(hours, nowMs);
      if (pods === 0) pods = podsOf(hours);
      const limits = { oldestMs: oldestImport(retention, nowMs), hoursTogether: together() };
      const jobs = planJobs(hours, { nowMs, ...timing, ...limits });
      const [first] = jobs;
      metrics.states(cluster, await countStates(store, cluster));
      if (!first) return Math.min(timing.intervalMs, untilDue(hours, nowMs));
      // One alone after failures: it tells whether the server is well again.
      const now = health.failures > 0 || first.kind === 'open' ? [first] : jobs.slice(0, turns.places);
      await allOf(now.map((job) => turns.take(() => run(job, hours, signal))));
      return Math.max(0, Math.min(timing.intervalMs, health.pausedUntilMs - clock.now()));
    },

    async importRange({ fromMs, toMs, force }, onProgress, signal) {
      refuseTooOld({ fromMs: hourOf(fromMs) }, retention, clock.now());
      const overMs = hourOf(readyTo({ nowMs: clock.now(), delayMs: timing.delayMs }));
      const untilMs = Math.min(hourOf(toMs + HOUR_MS - 1), overMs);
      if (untilMs <= hourOf(fromMs)) {
        throw new AppError(
          'bad_request',
          `no hour from ${toTime(fromMs)} on is over yet: begin before ${toTime(overMs)}`,
        );
      }
      const hours = await read(fromMs, untilMs);
      if (pods === 0) pods = podsOf(hours);
      health.failures = 0;
      health.failedAtMs = Number.NEGATIVE_INFINITY;
      const queue = jobsOf(hours, { fromMs: hourOf(fromMs), toMs: untilMs, force });
      const tell = (progress: Progress) => onProgress(progress, hoursIn(queue));
      const workers = Array.from({ length: turns.places }, () => turns.take(() => work(queue, hours, tell, signal)));
      await allOf(workers);
      let daysFailed = 0;
      if (!signal.aborted) {
        const onFailure = (of: string, error: AppError) => {
          daysFailed++;
          metrics.failed(of, error.code);
        };
        const deps = { store, log, turns, now: () => clock.now(), nextVersion, by, retention, onFailure };
        await sumUpDays(deps, { cluster, restMs: 0 }, signal);
      }
      return { hoursLeft: hoursIn(queue), toMs: untilMs, daysFailed };
    },
  };
}

/** Waits until all have ended, however, and then throws what the first of them threw. */
async function allOf(all: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(all);
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Pods of the newest hour that has any. */
const podsOf = (hours: RecordedHours): number =>
  [...hours].toSorted(([one], [other]) => other - one).find(([, hour]) => hour.pods > 0)?.[1].pods ?? 0;

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
  const isKept = ({ state }: HourState): boolean => state === 'done' && !force;
  const again = (hour: HourState): HourState => ({ ...hour, state: 'pending', tries: 0, nextTryAtMs: null });
  const known = new Map(within.map(([hourMs, hour]) => [hourMs, isKept(hour) ? hour : again(hour)]));
  if (fromMs >= toMs) return [];
  // Nothing is of the hour after the last: planning sees it as imported just now.
  return planJobs(known, { nowMs: toMs, delayMs: 0, intervalMs: HOUR_MS, catchUpMs: toMs - fromMs }).filter(
    (job) => job.kind === 'hours',
  );
}
