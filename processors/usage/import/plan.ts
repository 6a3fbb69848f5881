import type { ErrorCode } from '../../../platform/errors.ts';
import { USAGE_STEP_SECONDS, type WindowState } from '../../../schemas/usage.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const STEP_MS = USAGE_STEP_SECONDS * 1_000;
/** Neighbouring hours that are imported together at most: roll-ups and requests cost less so. */
const HOURS_TOGETHER = 4;
/** Instants of pods that are imported together at most: memory goes with their number. */
const INSTANTS_TOGETHER = 2_000_000;

/** What is recorded of an hour. Times are milliseconds since the Unix epoch. */
export interface HourState {
  readonly state: WindowState;
  readonly importedToMs: number | null;
  readonly tries: number;
  readonly nextTryAtMs: number | null;
  readonly backfill: boolean;
  readonly updatedAtMs: number;
  /** It has been imported whole before. */
  readonly importedWhole?: boolean;
}

/** Hours by their beginning. */
export type Hours = ReadonlyMap<number, HourState>;

/** What is to be imported: instants from `fromMs` until before `toMs`, whole hours but for the one that goes on. */
export interface Job {
  readonly kind: 'open' | 'hours';
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PlanOptions {
  readonly nowMs: number;
  /** How long late scrapes are waited for. */
  readonly delayMs: number;
  readonly intervalMs: number;
  /** How far back hours are taken that nobody has asked for. */
  readonly catchUpMs: number;
  /** Nothing before is imported. */
  readonly oldestMs?: number;
  /** Hours that may be imported together. */
  readonly hoursTogether?: number;
}

/** How many hours may be imported together where the last one had so many pods. */
export const hoursTogether = (pods: number): number => {
  const fitting = Math.floor(INSTANTS_TOGETHER / (Math.max(1, pods) * (HOUR_MS / STEP_MS)));
  return Math.max(1, Math.min(HOURS_TOGETHER, fitting));
};

/** A job of whole hours in jobs of so many hours at most, the newest first. */
export function cutJob(job: Job, hours: number): Job[] {
  const jobs: Job[] = [];
  for (let toMs = job.toMs; toMs > job.fromMs; toMs -= hours * HOUR_MS) {
    jobs.push({ ...job, fromMs: Math.max(job.fromMs, toMs - hours * HOUR_MS), toMs });
  }
  return jobs;
}

export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
const dayOf = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;

/** The first instant that is not to be imported yet, at `nowMs`. */
export const readyTo = ({ nowMs, delayMs }: Pick<PlanOptions, 'nowMs' | 'delayMs'>): number =>
  (Math.floor((nowMs - delayMs) / STEP_MS) + 1) * STEP_MS;

/**
 * What is to be imported now: first the hour that goes on, if it has not been within the interval, then whole hours, newest first.
 * Hours that failed before are taken alone, once they are due, and so are those that were imported before.
 */
export function planJobs(hours: Hours, options: PlanOptions): Job[] {
  const untilMs = readyTo(options);
  const openMs = hourOf(untilMs);
  const wanted = new Set<number>();
  for (let hourMs = hourOf(options.nowMs - options.catchUpMs); hourMs < openMs; hourMs += HOUR_MS) wanted.add(hourMs);
  for (const hourMs of hours.keys()) if (hourMs < openMs) wanted.add(hourMs);
  const { nowMs, oldestMs = Number.NEGATIVE_INFINITY, hoursTogether: most = HOURS_TOGETHER } = options;
  const due = [...wanted]
    .filter((hourMs) => hourMs >= oldestMs && isDue(hours.get(hourMs), nowMs))
    .toSorted((a, b) => b - a);
  const open = openJob(hours.get(openMs), openMs, untilMs, options);
  return [...(open ? [open] : []), ...together(due, hours, most)];
}

function isDue(hour: HourState | undefined, nowMs: number): boolean {
  if (!hour) return true;
  if (hour.state === 'done' || hour.state === 'given-up') return false;
  return hour.state !== 'failed' || (hour.nextTryAtMs ?? 0) <= nowMs;
}

/** The hour that goes on, from where it was left. Somebody else may have imported it just now. */
function openJob(
  hour: HourState | undefined,
  openMs: number,
  untilMs: number,
  { nowMs, intervalMs }: PlanOptions,
): Job | undefined {
  const fromMs = Math.max(openMs, hour?.importedToMs ?? openMs);
  if (fromMs >= untilMs || !isDue(hour, nowMs)) return undefined;
  if (hour?.state === 'open' && nowMs - hour.updatedAtMs < intervalMs) return undefined;
  return { kind: 'open', fromMs, toMs: untilMs };
}

/** Neighbours of one day together. */
function together(newestFirst: readonly number[], hours: Hours, most: number): Job[] {
  const jobs: Job[] = [];
  let alone = true;
  for (const hourMs of newestFirst) {
    const last = jobs.at(-1);
    const { tries = 0, importedWhole = false } = hours.get(hourMs) ?? {};
    const isRetry = tries > 0 || importedWhole;
    const joins =
      last !== undefined &&
      !alone &&
      !isRetry &&
      last.fromMs === hourMs + HOUR_MS &&
      dayOf(last.fromMs) === dayOf(hourMs) &&
      last.toMs - last.fromMs < most * HOUR_MS;
    if (joins) jobs[jobs.length - 1] = { ...last, fromMs: hourMs };
    else jobs.push({ kind: 'hours', fromMs: hourMs, toMs: hourMs + HOUR_MS });
    alone = isRetry;
  }
  return jobs;
}

const FIRST_PAUSE_MS = 30_000;
/** Of what does not mend by itself. */
const FIRST_LONG_PAUSE_MS = 300_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** With its pauses a day. */
export const MOST_TRIES_OF_NOTHING = 28;

/**
 * Milliseconds until the next try after `tries` that failed: 30 s, doubling up to an hour, from 5 minutes on where somebody has
 * to mend something first; a quarter of it at most is taken off by chance (`random`, 0 to 1), so that clusters do not try in step.
 */
export function pauseAfter(tries: number, code: ErrorCode, random: number, retryAfterMs = 0): number {
  const passes = code === 'prometheus_unavailable' || code === 'store_unavailable';
  const first = passes ? FIRST_PAUSE_MS : FIRST_LONG_PAUSE_MS;
  const pause = Math.min(LONGEST_PAUSE_MS, first * 2 ** Math.min(tries - 1, 20));
  return Math.max(Math.round(pause * (1 - random / 4)), Math.min(retryAfterMs, LONGEST_PAUSE_MS));
}

/** Whether what went wrong concerns the server, rather than the hours that were asked for. */
export const isOfServer = (code: ErrorCode): boolean =>
  code === 'prometheus_unavailable' || code === 'prometheus_denied' || code === 'prometheus_bad_answer';
