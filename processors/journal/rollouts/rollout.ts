import { fromTime } from '../../../platform/clock.ts';
import { shortHash } from '../objects/short-hash.ts';
import { stamp } from '../objects/times.ts';
import { targetOf } from '../objects/owners.ts';
import type { Desk } from './desk.ts';
import type { Change } from './differences.ts';
import { imagesOf } from './differences.ts';
import { markOf, readFlat } from './flat-template.ts';
import type { Progress } from './progress.ts';
import type { Failure, RolloutRecord, Row, WorkloadState, Writer } from './state.ts';

const KEPT_TEMPLATES = 10;
const KEPT_ENDED = 5;
const MAX_FAILURES = 50;
const SECOND_MS = 1000;

/** What is known of a rollout when it begins. Times in milliseconds. */
export interface Beginning {
  kind: Row['kind'];
  template: string;
  /** Names the template; by default by its text. */
  mark?: string;
  /** Template before; '' where nobody has seen one. */
  before: string;
  changes: readonly Change[];
  labels: Record<string, string>;
  started: number;
  earliest: number;
  manager: string;
  /** Given where it was not seen beginning. */
  writers?: readonly Writer[];
}

/** Begins a rollout; one that lasted is over with that. `workload` is a copy that may be changed. */
export function beginRollout(desk: Desk, workload: WorkloadState, beginning: Beginning): RolloutRecord {
  const mark = beginning.mark ?? markOf(beginning.template);
  const uid = workload.uid || targetOf(workload.namespace, workload);
  const started = Math.min(beginning.started, desk.now);
  // One that is known by its pods alone is forgotten when it has none, and its count begins anew.
  const number = workload.byPods ? desk.now : workload.generation;
  const id = shortHash('rollout', desk.cluster, uid, number, mark);
  const back = beginning.kind === 'rollback' ? workload.past.findLast(([own]) => own === mark) : undefined;
  if (workload.open) {
    const outcome = back ? 'rolled-back' : 'superseded';
    const reason = back ? 'an earlier template came back' : 'another template came before it was over';
    endRollout(desk, workload, { outcome, reason, at: started, next: id });
  }
  workload.template = beginning.template;
  workload.past = [...workload.past.filter(([own]) => own !== mark), [mark, id] as [string, string]];
  workload.past = workload.past.slice(-KEPT_TEMPLATES);
  const rollout: RolloutRecord = {
    row: blankRow(desk, workload, { id, mark, back: back?.[1] ?? '', started, beginning }),
    labels: beginning.labels,
    hash: '',
    progress: desk.now,
    old: 0,
    ...(beginning.writers && { writers: [...beginning.writers] }),
  };
  workload.open = rollout;
  return rollout;
}

interface Naming {
  id: string;
  mark: string;
  back: string;
  started: number;
  beginning: Beginning;
}

const blankRow = (desk: Desk, workload: WorkloadState, { id, mark, back, started, beginning }: Naming): Row => ({
  id,
  cluster: desk.cluster,
  namespace: workload.namespace,
  workload_kind: workload.kind,
  workload: workload.name,
  workload_uid: workload.uid,
  services: [],
  team: '',
  environment: '',
  kind: beginning.kind,
  revision: '',
  template: mark,
  outcome: 'progressing',
  reason: '',
  started_at: stamp(started),
  started_earliest: stamp(Math.min(beginning.earliest, started)),
  finished_at: null,
  failed_at: null,
  observed_at: stamp(desk.now),
  wanted: 0,
  updated: 0,
  available: 0,
  images_before: beginning.before ? imagesOf(readFlat(beginning.before)) : {},
  images_after: imagesOf(readFlat(beginning.template)),
  changed: beginning.changes.map(({ field }) => field),
  changes: JSON.stringify(beginning.changes),
  manager: beginning.manager,
  change_cause: '',
  exceptions: [],
  goes_back_to: back,
  superseded_by: '',
});

/** Takes what the status says into the rollout that lasts. `endedAt`: when it was over, where that is known better than now. */
export function advanceRollout(desk: Desk, workload: WorkloadState, progress: Progress, endedAt?: number | null): void {
  const rollout = workload.open;
  if (!rollout) return;
  const { row } = rollout;
  // Numbers of an older generation count the old template's pods.
  const updated = progress.observed ? progress.updated : row.updated;
  const old = progress.observed ? Math.max(0, progress.total - progress.updated) : rollout.old;
  const moved = updated > row.updated || old < rollout.old || progress.available > row.available;
  if (moved || progress.wanted !== row.wanted || progress.standing || rollout.standing) {
    rollout.progress = desk.now;
    delete rollout.waits;
  }
  rollout.old = old;
  rollout.row = { ...row, wanted: progress.wanted, updated, available: progress.available };
  if (progress.patience === null) delete rollout.patience;
  else rollout.patience = progress.patience;
  if (progress.standing) rollout.standing = { ...progress.standing };
  else delete rollout.standing;
  const { exceeded } = progress;
  // The condition of the rollout before stands until the controller has begun with this one.
  if (exceeded && (exceeded.at === null || exceeded.at > earliestOf(rollout) - SECOND_MS)) {
    addFailure(desk, rollout, { id: '', at: exceeded.at ?? desk.now, reason: exceeded.reason });
  }
  if (progress.complete) {
    endRollout(desk, workload, { outcome: 'completed', reason: '', at: endedAt ?? desk.now, next: '' });
  }
}

/** Not before this did the rollout begin. */
export const earliestOf = ({ row }: RolloutRecord): number => fromTime(row.started_earliest);

export interface Ending {
  outcome: 'completed' | 'superseded' | 'rolled-back';
  reason: string;
  at: number;
  /** The rollout that ended it, or ''. */
  next: string;
}

export function endRollout(desk: Desk, workload: WorkloadState, { outcome, reason, at, next }: Ending): void {
  const rollout = workload.open;
  if (!rollout) return;
  const finished = Math.min(desk.now, Math.max(at, fromTime(rollout.row.started_at)));
  rollout.end = { outcome, reason, seen: desk.now };
  rollout.row = { ...rollout.row, finished_at: stamp(finished), superseded_by: next };
  delete workload.open;
  workload.lately = [...(workload.lately ?? []), rollout].slice(-KEPT_ENDED);
}

/** The first failure comes first; of the same exception there is one. */
export function addFailure(desk: Desk, rollout: RolloutRecord, failure: Failure): void {
  const known = rollout.failures?.find(({ id }) => id === failure.id);
  const others = rollout.failures?.filter((own) => own !== known) ?? [];
  const at = Math.min(known?.at ?? desk.now, Math.max(failure.at, fromTime(rollout.row.started_at)));
  const all = [...others, { ...failure, at }].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  rollout.failures = all.slice(0, MAX_FAILURES);
}

export function dropFailure(rollout: RolloutRecord, id: string): void {
  const kept = rollout.failures?.filter((failure) => failure.id !== id) ?? [];
  if (kept.length > 0) rollout.failures = kept;
  else delete rollout.failures;
}
