import { fromTime, toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { RunChange, RunNew } from '../../schemas/api/runs.ts';
import { CLUSTER_NAME } from '../../schemas/topics.ts';
import { goesOn, type StoredRun } from './about.ts';

const LONGEST_MS = 92 * 24 * 3_600_000;
const EARLIEST_MS = 5 * 366 * 24 * 3_600_000;

const bad = (parameter: string, message: string): AppError =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: 'body', parameter, message }] },
  });

function requireTimes({ started_at: from, ended_at: to }: StoredRun, nowMs: number): void {
  if (fromTime(from) > nowMs) throw bad('from', 'must not lie in the future');
  if (fromTime(from) < nowMs - EARLIEST_MS) throw bad('from', 'must lie at most five years back');
  if (to === null) return;
  const lengthMs = fromTime(to) - fromTime(from);
  if (lengthMs <= 0 || lengthMs > LONGEST_MS) throw bad('to', 'must lie after from, at most 92 days');
}

const unique = (values: readonly string[] | undefined): string[] => [
  ...new Set((values ?? []).map((value) => value.toWellFormed())),
];

/** A run as it is first written. Throws AppError `bad_request` for times and names that cannot be. */
export function newRun(body: RunNew, { id, by, nowMs }: { id: string; by: string; nowMs: number }): StoredRun {
  const run: StoredRun = {
    id,
    name: body.name.toWellFormed(),
    started_at: toTime(body.from === undefined ? nowMs : fromTime(body.from)),
    ended_at: body.to === undefined ? null : toTime(fromTime(body.to)),
    clusters: unique(body.clusters),
    namespaces: unique(body.namespaces),
    workloads: unique(body.workloads),
    note: (body.note ?? '').toWellFormed(),
    created_by: by,
    updated_at: toTime(nowMs),
  };
  const unnamed = run.clusters.find((cluster) => !CLUSTER_NAME.test(cluster));
  if (unnamed !== undefined) throw bad('clusters', `'${unnamed}' cannot name a cluster`);
  requireTimes(run, nowMs);
  return run;
}

/** A run with what is changed of it; what is left out stays. Throws AppError `bad_request` for times that cannot be. */
export function changedRun(run: StoredRun, { from, to, note }: RunChange, nowMs: number): StoredRun {
  const changed: StoredRun = {
    ...run,
    ...(from === undefined ? {} : { started_at: toTime(fromTime(from)) }),
    ...(to === undefined ? {} : { ended_at: to === null ? null : toTime(fromTime(to)) }),
    ...(note === undefined ? {} : { note: note.toWellFormed() }),
    updated_at: toTime(nowMs),
  };
  requireTimes(changed, nowMs);
  return changed;
}

/** A run that ends now; one that is over stays as it is. */
export function stoppedRun(run: StoredRun, nowMs: number): StoredRun {
  if (!goesOn(run.ended_at, nowMs)) return run;
  return { ...run, ended_at: toTime(Math.max(nowMs, fromTime(run.started_at) + 1)), updated_at: toTime(nowMs) };
}

/** Why a name cannot be had, and what to do. `seen`: whether who asks may see the one that has it. */
export function nameIsTaken(
  name: string,
  namesake: StoredRun,
  { seen, nowMs }: { seen: boolean; nowMs: number },
): AppError {
  const state = goesOn(namesake.ended_at, nowMs)
    ? `goes on since ${namesake.started_at}: stop it, and choose another name`
    : `ended at ${namesake.ended_at ?? ''}: choose another name, or delete it`;
  const message = seen ? `there is a run '${name}', which ${state}` : `the name '${name}' is taken: choose another`;
  return new AppError('conflict', message, { details: seen ? { id: namesake.id } : {} });
}
