import { toTime } from '../../../platform/clock.ts';
import { isAppError, type AppError } from '../../../platform/errors.ts';
import type { Store } from '../../../platform/store/store.ts';
import { HOUR_MS, hourOf, isOfServer, MOST_TRIES_OF_NOTHING, pauseAfter, type Job } from './plan.ts';
import { triedInVain, windowRow, writeHours, type Recording, type RecordedHours } from './windows.ts';

/** How it stands with a server: until when it is left alone after failures, and how often it has failed in a row. */
export interface Health {
  pausedUntilMs: number;
  failures: number;
  /** When the last of them was counted. */
  failedAtMs: number;
}

/** What is recorded as an hour's failure; the rest passes with the store or the process, and nothing can be recorded of it. */
export const isRecorded = (error: unknown): error is AppError =>
  isAppError(error) && error.code !== 'store_unavailable' && error.code !== 'aborted';

/**
 * Records that a job failed and when it is tried again. Of a server that fails only the newest hour is: the others were not tried
 * for what they are. Jobs that go on at once and fail together are one failure of the server. Hours of which nothing came are given
 * up after a day.
 */
export async function recordFailure(
  deps: {
    store: Store;
    recording: Recording;
    health: Health;
    /** When the job began. */
    startedMs: number;
    nowMs: number;
    random: () => number;
    nextVersion: (after?: number) => number;
  },
  { job, before, error }: { job: Job; before: RecordedHours; error: AppError },
): Promise<void> {
  const { store, recording, health, startedMs, nowMs, random, nextVersion } = deps;
  const ofServer = isOfServer(error.code);
  const newestMs = hourOf(job.toMs - 1);
  const firstMs = ofServer ? newestMs : hourOf(job.fromMs);
  const told = error.details['retry_after_ms'];
  const retryAfterMs = typeof told === 'number' ? told : 0;
  const version = nextVersion(Math.max(0, ...[...before.values()].map((hour) => hour.version)));
  if (ofServer && startedMs > health.failedAtMs) {
    health.failures++;
    health.failedAtMs = nowMs;
  }
  const hours = [];
  for (let hourMs = firstMs; hourMs <= newestMs; hourMs += HOUR_MS) {
    const hour = before.get(hourMs);
    const tries = (hour?.tries ?? 0) + 1;
    const pauseMs = pauseAfter(ofServer ? health.failures : tries, error.code, random(), retryAfterMs);
    if (ofServer) health.pausedUntilMs = nowMs + pauseMs;
    const isLast = error.code === 'prometheus_nothing' && tries >= MOST_TRIES_OF_NOTHING;
    const row = windowRow({ cluster: recording.cluster, hourMs, nowMs, version }, hour, {
      state: isLast ? 'given-up' : 'failed',
      tries,
      next_try_at: isLast ? null : toTime(nowMs + pauseMs),
      error_code: error.code,
      error: error.message,
    });
    hours.push({ row, tried: triedInVain(hour) });
  }
  await writeHours(store, recording, hours);
}

/** Records that hours are given up before they were tried, and why. */
export async function giveUp(
  deps: { store: Store; recording: Recording; nowMs: number; nextVersion: (after?: number) => number },
  hours: RecordedHours,
  error: AppError,
): Promise<void> {
  const { store, recording, nowMs, nextVersion } = deps;
  const rows = [...hours].map(([hourMs, hour]) => {
    const of = { cluster: recording.cluster, hourMs, nowMs, version: nextVersion(hour.version) };
    const row = windowRow(of, hour, { state: 'given-up', error_code: error.code, error: error.message });
    return { row, tried: triedInVain(hour) };
  });
  await writeHours(store, recording, rows);
}
