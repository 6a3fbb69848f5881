import { rolloutsTable } from '../../../schemas/rollouts.ts';
import type { FoldContext } from '../fold.ts';
import { copyJson, sameJson } from '../objects/json-values.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { MINUTE_MS } from '../objects/times.ts';
import type { Indexes } from './indexes.ts';
import type { RolloutOptions } from './options.ts';
import { wordRow } from './rows.ts';
import type { RolloutRecord, Row, WorkloadState } from './state.ts';

/** How long a rollout that is over is remembered for deaths of its time that come late. */
const LATE_MS = 10 * MINUTE_MS;
/** The lists of the kinds come side by side. */
const LISTED_TOGETHER_MS = 2 * MINUTE_MS;

/** What the parts of the fold share while one entry is applied. `now` is the entry's `observed_at`. */
export interface Desk {
  readonly cluster: string;
  readonly options: RolloutOptions;
  readonly labels: LabelOptions;
  readonly indexes: Indexes;
  readonly context: FoldContext;
  readonly now: number;
  /** The first `observed_at` of this journal. */
  readonly firstSeen: number;
}

/** Those whose rows can still change, the one that lasts at the end. */
export const rolloutsOf = (workload: WorkloadState | undefined): RolloutRecord[] => [
  ...(workload?.lately ?? []),
  ...(workload?.open ? [workload.open] : []),
];

/**
 * Changes a copy of a workload's state; writes the rows that differ, and the state if it does.
 *
 * @param blank what to begin with where there is none; without it nothing is done then.
 */
export function changeWorkload(
  desk: Desk,
  key: string,
  before: WorkloadState | undefined,
  change: (workload: WorkloadState) => void,
  blank?: WorkloadState,
): void {
  const start = before ? copyJson(before) : blank;
  if (!start) return;
  change(start);
  store(desk, key, before, start);
}

function store(desk: Desk, key: string, before: WorkloadState | undefined, after: WorkloadState): void {
  writeRows(desk, before, after);
  if (sameJson(before, after)) return;
  desk.context.state.set(key, after);
  desk.indexes.putWorkload(key, after, dueOf(desk.options, after));
}

export function writeRows(desk: Desk, before: WorkloadState | undefined, after: WorkloadState): void {
  const written = new Map(rolloutsOf(before).map(({ row }) => [row.id, row]));
  for (const rollout of rolloutsOf(after)) {
    rollout.row = wordRow(rollout, servicesOf(desk, rollout));
    if (!sameJson(written.get(rollout.row.id), rollout.row)) emit(desk, rollout.row);
  }
}

/** Services that have matched, also those that a list told of a moment after. */
function servicesOf(desk: Desk, { row, labels, end }: RolloutRecord): string[] {
  if (end && desk.now - end.seen > LISTED_TOGETHER_MS) return row.services;
  const matching = desk.indexes.services.matching(row.namespace, labels);
  return [...new Set([...row.services, ...matching])].sort();
}

/** A copy, since what has been written is not changed any more. */
function emit(desk: Desk, row: Row): void {
  const written = { ...row };
  desk.context.emit(rolloutsTable, row.id, written);
  desk.context.publish('rollout', row.id, written);
}

export function forgetWorkload(desk: Desk, key: string, workload: WorkloadState): void {
  desk.context.state.delete(key);
  desk.indexes.dropWorkload(key, workload);
}

/** When a rollout of these has made no progress for too long; Infinity where no deadline of ours holds. */
export function deadlineOf(options: RolloutOptions, { open }: WorkloadState): number {
  if (!open || open.patience === undefined || open.standing) return Infinity;
  if (open.failures?.some(({ id }) => id === '')) return Infinity;
  return open.progress + options.deadline_minutes * MINUTE_MS + open.patience;
}

/** When something about the workload becomes due though no entry comes; Infinity for never. */
export function dueOf(options: RolloutOptions, workload: WorkloadState): number {
  const forget = (workload.lately ?? []).map(({ end }) => (end?.seen ?? 0) + LATE_MS);
  return Math.min(workload.look ?? Infinity, deadlineOf(options, workload), ...forget);
}

/** Leaves the rollouts whose rows cannot change any more. */
export function forgetRollouts(desk: Desk, workload: WorkloadState): void {
  const kept = workload.lately?.filter(({ end }) => (end?.seen ?? 0) + LATE_MS > desk.now) ?? [];
  if (kept.length > 0) workload.lately = kept;
  else delete workload.lately;
}
