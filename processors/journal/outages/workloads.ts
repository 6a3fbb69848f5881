import type { Entry } from '../../../schemas/entry.ts';
import type { EventObject, WorkloadObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { teamOf } from '../objects/labels.ts';
import { lastTimeOf } from '../objects/events.ts';
import { shortMessage } from '../objects/messages.ts';
import { controllerOf, targetOf } from '../objects/owners.ts';
import { MINUTE_MS } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { storePart } from './desk.ts';
import type { WorkloadState } from './state.ts';
import { workloadKey } from './state.ts';

/** A change of how many pods a workload wants, or of which. */
export interface WorkloadChange {
  before: WorkloadState | undefined;
  after: WorkloadState;
}

/** A refusal is repeated while it lasts. */
export const REFUSED_LASTS_MS = 10 * MINUTE_MS;
/** What a column of the rows holds. */
export const MOST = 2 ** 32 - 1;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const countOf = (value: unknown): number =>
  typeof value === 'number' && value > 0 ? Math.min(Math.trunc(value), MOST) : 0;

/** Keeps how many pods a Deployment, StatefulSet, DaemonSet or a ReplicaSet of its own wants; null where that is as before. */
export function applyWorkload(desk: Desk, entry: Entry): WorkloadChange | null {
  const key = workloadKey(entry.uid);
  const before = desk.context.state.get<WorkloadState>(key);
  const isRemoval = entry.op === 'delete' || entry.op === 'vanished';
  if (isRemoval && (!before || before.gone !== undefined)) return null;
  const after = isRemoval ? goneOf(desk, before) : readWorkload(desk, entry, before);
  if (!after || sameJson(before, after)) return null;
  storePart(desk, key, after);
  desk.indexes.putWorkload(entry.uid, after);
  return { before, after };
}

function goneOf(desk: Desk, before: WorkloadState | undefined): WorkloadState | null {
  if (!before) return null;
  return { ...before, replicas: 0, scaled: { from: before.replicas, to: 0, at: desk.now }, gone: desk.now };
}

function readWorkload(desk: Desk, entry: Entry, before: WorkloadState | undefined): WorkloadState | null {
  const object = entry.object as unknown as WorkloadObject;
  const spec = fieldsOf(object.spec);
  const asked = replicasOf(object, spec);
  if (asked === null) return null;
  const isDaemonSet = object.kind === 'DaemonSet';
  // Its controller counts anew only once it has seen the spec.
  const generation = countOf(object.status?.['observedGeneration']);
  // Of a DaemonSet nodes that go leave fewer to run on; nobody has asked for fewer, nor for none.
  const isAskedFor = !isDaemonSet || before?.generation !== generation;
  const replicas = before && before.replicas > 0 && !isAskedFor ? Math.max(1, asked) : asked;
  const template = fieldsOf(fieldsOf(spec['template'])['metadata']);
  const after: WorkloadState = {
    kind: object.kind,
    namespace: entry.namespace,
    name: entry.name,
    labels: fieldsOf(template['labels']) as Record<string, string>,
    replicas,
    ...teamOf(desk.labels, object.metadata?.labels, fieldsOf(template['labels']) as Record<string, string>),
  };
  if (isDaemonSet) after.generation = generation;
  if (before && replicas < before.replicas && isAskedFor)
    after.scaled = { from: before.replicas, to: replicas, at: desk.now };
  else if (before?.scaled) after.scaled = before.scaled;
  if (before?.refused) after.refused = before.refused;
  return after;
}

/** Null for what makes no pods of its own. */
function replicasOf({ kind, metadata, status }: WorkloadObject, spec: Fields): number | null {
  if (kind === 'DaemonSet') return countOf(status?.['desiredNumberScheduled']);
  const wanted = spec['replicas'] === undefined ? 1 : countOf(spec['replicas']);
  if (kind === 'Deployment' || kind === 'StatefulSet') return wanted;
  return kind === 'ReplicaSet' && !controllerOf(metadata?.ownerReferences) ? wanted : null;
}

/** An event that says that a controller's pods are refused, by a quota or an admission; null where it is about none of ours. */
export function applyEvent(desk: Desk, entry: Entry): WorkloadChange | null {
  const event = entry.object as EventObject;
  const { reason, message = '', involvedObject: about } = event;
  const at = Math.min(lastTimeOf(event) ?? desk.now, desk.now);
  if (desk.now - at > REFUSED_LASTS_MS) return null;
  if (reason !== 'FailedCreate' || !about?.kind || !about.name) return null;
  const uid = workloadBehind(desk, about.namespace ?? entry.namespace, about.kind, about.name);
  const before = uid === undefined ? undefined : desk.context.state.get<WorkloadState>(workloadKey(uid));
  if (uid === undefined || !before || before.gone !== undefined) return null;
  const refused = { reason: /quota/i.test(message) ? 'quota' : 'admission', message: shortMessage(message), at };
  const after: WorkloadState = { ...before, refused };
  storePart(desk, workloadKey(uid), after);
  return { before, after };
}

/** A Deployment's ReplicaSet bears its name and a hash. */
function workloadBehind(desk: Desk, namespace: string, kind: string, name: string): string | undefined {
  const own = desk.indexes.workloadOf(targetOf(namespace, { kind, name }));
  if (own !== undefined || kind !== 'ReplicaSet') return own;
  const top = name.slice(0, Math.max(0, name.lastIndexOf('-')));
  return desk.indexes.workloadOf(targetOf(namespace, { kind: 'Deployment', name: top }));
}
