import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { WorkloadObject } from '../../../schemas/objects.ts';
import { copyJson } from '../objects/json-values.ts';
import { millis, MINUTE_MS } from '../objects/times.ts';
import { teamOf } from '../objects/labels.ts';
import { FOLLOWED_KINDS, targetOf } from '../objects/owners.ts';
import { daemonSetProgress } from './daemon-set-progress.ts';
import { deploymentProgress } from './deployment-progress.ts';
import type { Desk } from './desk.ts';
import { changeWorkload, forgetWorkload, writeRows } from './desk.ts';
import { changesBetween, isRestart } from './differences.ts';
import { flatTemplate, labelsOf, markOf, readFlat } from './flat-template.ts';
import type { Progress } from './progress.ts';
import { generationOf, specOf } from './progress.ts';
import { dateByReplicaSet } from './missed-beginning.ts';
import { linkRevision, nameRevision, takeRevision } from './revisions.ts';
import { advanceRollout, beginRollout, endRollout } from './rollout.ts';
import { statefulSetProgress } from './stateful-set-progress.ts';
import type { WorkloadState, Writer } from './state.ts';
import { groupKey, workloadKey } from './state.ts';
import { writerBetween, writersOf } from './writers.ts';

const PROGRESS: Readonly<Record<string, (object: WorkloadObject) => Progress>> = {
  Deployment: deploymentProgress,
  StatefulSet: statefulSetProgress,
  DaemonSet: daemonSetProgress,
};
const CHANGE_CAUSE = 'kubernetes.io/change-cause';
/** The API server's clock and the agent's may differ by this where an entry says itself that the object is new. */
const CLOCK_SLACK_MS = MINUTE_MS;
const SAME_WRITE_MS = MINUTE_MS;

interface Sighting {
  object: WorkloadObject;
  flat: string;
  progress: Progress;
  writers: readonly Writer[];
  /** Found by a list: what came before may have been missed. */
  listed: boolean;
}

/** A Deployment, StatefulSet or DaemonSet. Its `generation` rises with each change of its spec. */
export function applyWorkload(desk: Desk, entry: Entry): void {
  const object = entry.object as unknown as WorkloadObject;
  const progressOf = FOLLOWED_KINDS.includes(object.kind) ? PROGRESS[object.kind] : undefined;
  const before = desk.context.state.get<WorkloadState>(workloadKey(entry.uid));
  if (!progressOf || desk.context.late) return;
  // Only a list tells of a generation that fell: the cluster was restored from a backup.
  if (before && entry.op !== 'list' && generationOf(object) < before.generation) return;
  const seen: Sighting = {
    object,
    flat: flatTemplate(specOf(object)['template']),
    progress: progressOf(object),
    writers: writersOf(object.metadata),
    listed: entry.op === 'list',
  };
  if (!before) replaceGroup(desk, entry, object);
  const blank = before ? undefined : { ...newWorkload(entry, seen), ...takeRevision(desk, entry.uid) };
  changeWorkload(desk, workloadKey(entry.uid), before, (workload) => follow(desk, workload, seen), blank);
}

/** The workload is gone, and what was under way with it. */
export function removeWorkload(desk: Desk, uid: string): void {
  const before = desk.context.state.get<WorkloadState>(workloadKey(uid));
  if (!before) return;
  endWith(desk, workloadKey(uid), before, 'the workload was deleted');
}

/** Ends what is under way and forgets the workload. */
export function endWith(desk: Desk, key: string, before: WorkloadState, reason: string): void {
  const gone = copyJson(before);
  endRollout(desk, gone, { outcome: 'superseded', reason, at: desk.now, next: '' });
  writeRows(desk, before, gone);
  forgetWorkload(desk, key, before);
}

/** A workload that was followed by its pods can be read itself from here on. */
function replaceGroup(desk: Desk, entry: Entry, object: WorkloadObject): void {
  const key = groupKey(targetOf(entry.namespace, { kind: object.kind, name: entry.name }));
  const group = desk.context.state.get<WorkloadState>(key);
  if (group) endWith(desk, key, group, 'followed by the workload itself from here on');
}

function newWorkload(entry: Entry, { object, flat, writers }: Sighting): WorkloadState {
  return {
    kind: object.kind,
    namespace: entry.namespace,
    name: entry.name,
    uid: entry.uid,
    generation: generationOf(object),
    template: flat,
    wrote: writers.at(-1)?.[1] ?? millis(object.metadata?.creationTimestamp) ?? 0,
    revision: '',
    hash: '',
    number: 0,
    past: [],
  };
}

function follow(desk: Desk, workload: WorkloadState, seen: Sighting): void {
  const { flat, writers, object, progress } = seen;
  const generation = generationOf(object);
  const isNew = generation > workload.generation || generation === 0;
  if (generation < workload.generation) {
    const reason = 'an older state of the cluster was restored';
    endRollout(desk, workload, { outcome: 'superseded', reason, at: desk.now, next: '' });
  }
  workload.generation = generation;
  if (workload.past.length === 0) firstSight(desk, workload, seen);
  else if (flat !== workload.template && isNew && !isSameRevision(workload, progress))
    beginChange(desk, workload, seen, flat);
  else {
    // The same template in other words: the agent takes other fields than it did.
    if (flat !== workload.template) renameTemplate(workload, flat);
    if (workload.undecided) decide(desk, workload, seen);
  }
  if (nameRevision(workload, progress, seen.listed)) beginChange(desk, workload, seen, flat);
  nameRevision(workload, progress, seen.listed);
  linkRevision(workload, seen.listed);
  dateByReplicaSet(workload);
  takeCircumstances(desk, workload, object);
  workload.wrote = Math.max(workload.wrote, Math.min(desk.now, writers.at(-1)?.[1] ?? 0));
  advanceRollout(desk, workload, progress, seen.listed ? progress.finished : null);
}

/** The controller has looked at the spec as it is and counts no new revision: it is no new template. */
const isSameRevision = ({ revision }: WorkloadState, progress: Progress): boolean =>
  progress.revision !== '' &&
  progress.revision === revision &&
  progress.observed &&
  progress.standing?.outcome !== 'paused';

function renameTemplate(workload: WorkloadState, flat: string): void {
  workload.template = flat;
  const [, id] = workload.past.pop() ?? ['', ''];
  workload.past.push([markOf(flat), id]);
}

function firstSight(desk: Desk, workload: WorkloadState, seen: Sighting): void {
  const created = millis(seen.object.metadata?.creationTimestamp);
  workload.past = [[markOf(seen.flat), '']];
  if (created === null || created < desk.firstSeen - (seen.listed ? 0 : CLOCK_SLACK_MS)) {
    decide(desk, workload, seen);
    return;
  }
  beginRollout(desk, workload, {
    kind: 'create',
    template: seen.flat,
    before: '',
    changes: [],
    labels: labelsOf(specOf(seen.object)['template']),
    started: created,
    earliest: created,
    manager: writerBetween(seen.writers, created, seen.listed ? created : null)?.[0] ?? '',
  });
}

/** Of a workload that was there before: whether it is being rolled out is known once its controller has looked at it. */
function decide(desk: Desk, workload: WorkloadState, seen: Sighting): void {
  const { progress, object, flat, writers } = seen;
  workload.undecided = true;
  if (!progress.observed) return;
  delete workload.undecided;
  if (!progress.underway) return;
  const created = millis(object.metadata?.creationTimestamp);
  const isFirst = object.kind === 'Deployment' && progress.revision === '1';
  const [manager, at] = writers.at(-1) ?? ['', desk.now];
  beginRollout(desk, workload, {
    kind: isFirst ? 'create' : 'change',
    template: flat,
    before: '',
    changes: [],
    labels: labelsOf(specOf(object)['template']),
    started: isFirst ? (created ?? at) : at,
    earliest: created ?? at,
    manager,
    writers,
  });
}

/** Another template; where it reads the same as before, what changed is not recorded. */
function beginChange(desk: Desk, workload: WorkloadState, seen: Sighting, flat: string): void {
  const before = workload.template;
  const changes = changesBetween(readFlat(before), readFlat(flat));
  const mark = markOf(flat);
  const wasThere = flat !== before && workload.past.some(([own]) => own === mark);
  // What its author wrote may have been seen before its effect was.
  const known = desk.now - workload.wrote < SAME_WRITE_MS ? workload.wrote : workload.wrote + 1;
  const writer = writerBetween(seen.writers, known, null);
  const started = writer ? Math.max(writer[1], startOf(workload)) : desk.now;
  delete workload.undecided;
  beginRollout(desk, workload, {
    kind: wasThere ? 'rollback' : isRestart(changes) ? 'restart' : 'change',
    template: flat,
    before,
    changes,
    labels: labelsOf(specOf(seen.object)['template']),
    started,
    earliest: seen.listed ? workload.wrote : started,
    manager: writer?.[0] ?? '',
    ...(seen.listed && { writers: seen.writers.filter(([, at]) => at >= workload.wrote) }),
  });
}

const startOf = ({ open }: WorkloadState): number => (open ? fromTime(open.row.started_at) : 0);

/** Team, environment and cause: the cause is often written after the change. */
function takeCircumstances(desk: Desk, workload: WorkloadState, { metadata, spec }: WorkloadObject): void {
  const { open } = workload;
  if (!open) return;
  open.row = {
    ...open.row,
    ...teamOf(desk.labels, metadata?.labels, labelsOf(spec?.['template'])),
    change_cause: metadata?.annotations?.[CHANGE_CAUSE] ?? '',
  };
}
