import type { Entry } from '../../../schemas/entry.ts';
import type { WorkloadObject } from '../../../schemas/objects.ts';
import { millis } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { changeWorkload } from './desk.ts';
import { flatTemplate, markOf } from './flat-template.ts';
import { controllerOf, DEPLOYMENT_HASH, isFollowed, REVISION_HASH } from '../objects/owners.ts';
import type { Progress } from './progress.ts';
import { specOf } from './progress.ts';
import type { Revision, WorkloadState } from './state.ts';
import { revisionKey, workloadKey } from './state.ts';
import { dateByReplicaSet } from './missed-beginning.ts';

const DEPLOYMENT_REVISION = 'deployment.kubernetes.io/revision';

/**
 * A ReplicaSet of a Deployment or a ControllerRevision of a StatefulSet or DaemonSet tells which hash the pods of a template
 * carry. The number rises with each change, also where an earlier template comes back and its own is taken again.
 */
export function applyRevision(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  const object = entry.object as unknown as WorkloadObject;
  const owner = controllerOf(object.metadata?.ownerReferences);
  if (late || !owner) return;
  const key = workloadKey(owner.uid);
  const before = state.get<WorkloadState>(key);
  if (before ? owner.kind !== before.kind : !isFollowed(owner)) return;
  const read = readRevision(object, entry.name, owner.name);
  const newest = before ? before.newest : state.get<Revision>(revisionKey(owner.uid));
  if (
    !read ||
    (newest && (newest.number > read.number || (newest.number === read.number && newest.hash === read.hash)))
  )
    return;
  const mark = object.kind === 'ReplicaSet' ? markOf(flatTemplate(specOf(object)['template'])) : '';
  if (!before) {
    state.set(revisionKey(owner.uid), { ...read, mark });
    return;
  }
  changeWorkload(desk, key, before, (workload) => {
    workload.newest = { ...read, mark };
    linkRevision(workload, entry.op === 'list');
    dateByReplicaSet(workload);
  });
}

/** The lists of the kinds come side by side: what its revisions have told before the workload itself came. */
export function takeRevision(desk: Desk, uid: string): { newest?: Revision } {
  const { state } = desk.context;
  const newest = state.get<Revision>(revisionKey(uid));
  if (!newest) return {};
  state.delete(revisionKey(uid));
  return { newest };
}

/** A workload that is gone, or never came, needs its revisions no more. */
export function removeRevision(desk: Desk, entry: Entry): void {
  const { metadata } = entry.object as unknown as WorkloadObject;
  const key = revisionKey(controllerOf(metadata?.ownerReferences)?.uid ?? '');
  if (desk.context.state.get(key)) desk.context.state.delete(key);
}

function readRevision(object: WorkloadObject, name: string, owner: string): Omit<Revision, 'mark'> | null {
  const { labels, annotations, creationTimestamp } = object.metadata ?? {};
  const isReplicaSet = object.kind === 'ReplicaSet';
  const named = name.startsWith(`${owner}-`) ? name.slice(owner.length + 1) : '';
  const hash = isReplicaSet ? labels?.[DEPLOYMENT_HASH] : (labels?.[REVISION_HASH] ?? named);
  const number = Number(isReplicaSet ? annotations?.[DEPLOYMENT_REVISION] : object['revision' as keyof WorkloadObject]);
  if (!hash || !Number.isSafeInteger(number) || number <= 0) return null;
  return { number, hash, created: millis(creationTimestamp) };
}

/**
 * Gives the open rollout the revision that its controller names.
 *
 * @returns whether the controller counts a new one though the template reads the same: what changed is not recorded, such as an
 * annotation outside of the allow-list.
 */
export function nameRevision(workload: WorkloadState, progress: Progress, listed: boolean): boolean {
  const { open } = workload;
  const { revision } = progress;
  if (revision === '') return false;
  if (open?.row.revision === '') {
    // A Deployment shows the revision of its last ReplicaSet until it has one for the new template.
    if (workload.kind === 'Deployment' && revision === workload.revision && !progress.complete) return false;
    open.row = { ...open.row, revision };
  } else if (workload.revision !== '' && revision !== workload.revision) {
    if (!listed || isOther(workload, progress)) return true;
  }
  workload.revision = revision;
  return false;
}

/** After an absence a new number may stand for the old template, which was changed and changed back. */
function isOther({ kind, newest, hash }: WorkloadState, progress: Progress): boolean {
  if (kind === 'StatefulSet') return true;
  const isKnown = newest && String(newest.number) === progress.revision && hash !== '';
  return isKnown ? newest.hash !== hash : !progress.complete;
}

/** Learns which hash the pods of the template carry, from what is known by now. `listed`: it was there all along. */
export function linkRevision(workload: WorkloadState, listed: boolean): void {
  const { open, newest, kind, revision } = workload;
  if (kind === 'StatefulSet') {
    workload.hash = revision;
    if (open?.row.revision) open.hash = open.row.revision;
    return;
  }
  if (!newest) return;
  if (kind === 'Deployment') {
    const isCurrent = String(newest.number) === revision;
    if (isCurrent) [workload.hash, workload.number] = [newest.hash, newest.number];
    if (!open) return;
    // A change that is undone before the controller has looked leaves the ReplicaSet that there was.
    const isNewer = newest.number > workload.number || open.row.kind === 'rollback';
    const fits = isNewer && newest.mark === open.row.template;
    if (fits || (isCurrent && open.row.revision === revision)) open.hash = newest.hash;
    return;
  }
  if (newest.number <= workload.number || (!open && !listed)) return;
  [workload.hash, workload.number] = [newest.hash, newest.number];
  if (open) open.hash = newest.hash;
}
