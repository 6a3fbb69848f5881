import type { Entry } from '../../../schemas/entry.ts';
import type { WorkloadObject } from '../../../schemas/objects.ts';
import { podResourcesTable } from '../../../schemas/resources.ts';
import { standsBetween, topOwner, workloadKey, workloadState } from '../objects/workload.ts';
import type { WorkloadState } from '../objects/workload.ts';
import { sameJson } from '../objects/json-values.ts';
import { teamOf } from '../objects/labels.ts';
import { controllerOf, DEPLOYMENT_HASH, targetOf } from '../objects/owners.ts';
import type { Desk } from './desk.ts';
import { isRemoval } from './desk.ts';
import { metadataOf, textOf } from './fields.ts';
import type { PodRow } from './pods.ts';
import { wordsOf } from './pods.ts';
import { putSpan } from './spans.ts';
import { wordsKey } from './state.ts';
import type { SpanState, WordsState } from './state.ts';

/** Keeps who stands over a Job or a ReplicaSet, and what a workload's own labels say; pods that waited for either are told. */
export function applyWorkload(desk: Desk, entry: Entry): void {
  const object: WorkloadObject = { kind: textOf(entry.object['kind']), metadata: metadataOf(entry) };
  if (standsBetween(object.kind) || entry.op === 'vanished') applyBetween(desk, entry, object);
  if (desk.labels.team !== '' || desk.labels.environment !== '') applyWords(desk, entry, object);
}

function applyBetween(desk: Desk, entry: Entry, object: WorkloadObject): void {
  const { state, late } = desk.context;
  const key = workloadKey(entry.uid);
  const before = state.get<WorkloadState>(key);
  if (isRemoval(entry)) {
    if (before && (!late || entry.op === 'delete')) state.delete(key);
    return;
  }
  if (isTold(object, entry.name) || (late && before)) return;
  const own = workloadState(object, entry.name);
  if (sameJson(before, own)) return;
  state.set(key, own);
  const top = topOwner({ kind: own.kind, name: own.name, uid: entry.uid }, state);
  for (const pod of desk.indexes.waitingFor(entry.uid)) {
    changeRow(desk, pod, { workload_kind: top.kind, workload: top.name }, top.unknownOwner);
  }
}

/** A Deployment's ReplicaSet of which its pods tell all: its name is the Deployment's and the hash that they bear. */
function isTold({ kind, metadata }: WorkloadObject, name: string): boolean {
  const owner = controllerOf(metadata?.ownerReferences);
  const hash = metadata?.labels?.[DEPLOYMENT_HASH];
  return kind === 'ReplicaSet' && owner?.kind === 'Deployment' && !!hash && name === `${owner.name}-${hash}`;
}

function applyWords(desk: Desk, entry: Entry, object: WorkloadObject): void {
  const { state, late } = desk.context;
  // Those below are told of by their pods, who stand above by themselves; of one that is gone the pods keep what was said.
  if (late || entry.op === 'vanished' || controllerOf(object.metadata?.ownerReferences)) return;
  const target = targetOf(entry.namespace, { kind: object.kind, name: entry.name });
  const key = wordsKey(target);
  const before = state.get<WordsState>(key);
  const own = teamOf(desk.labels, object.metadata?.labels);
  const says = !isRemoval(entry) && (own.team !== '' || own.environment !== '');
  if (!says) {
    if (before) state.delete(key);
    return;
  }
  if (sameJson(before, own)) return;
  state.set(key, own);
  for (const pod of desk.indexes.of(target)) changeRow(desk, pod, {});
}

/** Puts right whose pod it is. `owner`: who is to be waited for from here on; undefined in `words` alone. */
function changeRow(desk: Desk, key: string, workload: Partial<PodRow>, owner?: string): void {
  const before = desk.context.state.get<SpanState>(key);
  const row = before?.row as PodRow | undefined;
  if (!before || !row) return;
  const changed = { ...row, ...workload };
  const target = targetOf(row.namespace, { kind: changed.workload_kind, name: changed.workload });
  const { owner: waited, ...rest } = before;
  const next = workload.workload === undefined ? waited : owner;
  putSpan(desk, podResourcesTable, key, {
    ...rest,
    row: { ...changed, ...wordsOf(desk, target, undefined, row) },
    ...(next !== undefined && { owner: next }),
  });
}
