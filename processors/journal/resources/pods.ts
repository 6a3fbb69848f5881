import type { Entry } from '../../../schemas/entry.ts';
import { podResourcesTable } from '../../../schemas/resources.ts';
import type { PodResourcesRow } from '../../../schemas/resources.ts';
import { SET } from '../../../schemas/usage.ts';
import { resolveWorkload } from '../objects/workload.ts';
import { teamOf } from '../objects/labels.ts';
import { targetOf } from '../objects/owners.ts';
import { millis } from '../objects/times.ts';
import { fieldsOf, listOf, metadataOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Desk } from './desk.ts';
import type { Reading, SpanKind } from './spans.ts';
import { POD_PREFIX, wordsKey } from './state.ts';
import type { WordsState, Written } from './state.ts';

export type PodRow = Written<PodResourcesRow>;

/**
 * Pods. One begins when its kubelet took it on, or where that has not happened when it was made; it ends when the last of its
 * containers has, or with the object.
 */
export const podSpans: SpanKind<PodRow> = {
  prefix: POD_PREFIX,
  table: podResourcesTable,
  set: [...SET, 'gpu_resource', 'containers'],
  read: readPod,
};

function readPod(desk: Desk, entry: Entry, before: PodRow | undefined): Reading<PodRow> | null {
  const { metadata, spec, status } = entry.object;
  if (spec === undefined) return null;
  const { labels } = metadataOf(entry);
  const { owner, ...workload } = before ? { ...ownerOf(before), owner: undefined } : workloadOf(desk, entry);
  return {
    content: {
      namespace: entry.namespace,
      pod: entry.name,
      pod_uid: entry.uid,
      ...workload,
      node: textOf(fieldsOf(spec)['nodeName']) || (before?.node ?? ''),
      ...wordsOf(desk, targetOf(entry.namespace, targetNames(workload)), labels, before),
      qos: textOf(fieldsOf(status)['qosClass']) || (before?.qos ?? ''),
      ...desk.resourcesOf(entry.object),
    },
    started: timeOf(fieldsOf(status)['startTime']) ?? timeOf(fieldsOf(metadata)['creationTimestamp']),
    ended: endOf(desk, entry),
    owner,
  };
}

type Workload = Pick<PodRow, 'workload_kind' | 'workload'>;
const ownerOf = ({ workload_kind, workload }: Workload): Workload => ({ workload_kind, workload });
const targetNames = ({ workload_kind, workload }: Workload) => ({ kind: workload_kind, name: workload });
const timeOf = (value: unknown): number | null => millis(textOf(value));

function workloadOf(desk: Desk, entry: Entry): Workload & { owner: string | undefined } {
  const pod = { metadata: metadataOf(entry) };
  const { kind, name, unknownOwner } = resolveWorkload(pod, entry.name, desk.context.state);
  return { workload_kind: kind, workload: name, owner: unknownOwner };
}

/** What the workload's own labels say, or the pod's, or what they said when there were some. */
export function wordsOf(
  desk: Desk,
  target: string,
  labels: Record<string, string> | undefined,
  before: WordsState | undefined,
): WordsState {
  const workload = desk.context.state.get<WordsState>(wordsKey(target));
  const pod = teamOf(desk.labels, labels);
  return {
    team: workload?.team || pod.team || (before?.team ?? ''),
    environment: workload?.environment || pod.environment || (before?.environment ?? ''),
  };
}

/**
 * When a pod that has succeeded or failed did so: with the last of its containers, or else when its conditions last changed (one
 * that was evicted may have no containers). Null while it may run.
 */
function endOf(desk: Desk, entry: Entry): number | null {
  const status = fieldsOf(entry.object['status']);
  const phase = status['phase'];
  if (phase !== 'Succeeded' && phase !== 'Failed') return null;
  const statuses = [...listOf(status['containerStatuses']), ...listOf(status['initContainerStatuses'])];
  const times =
    latest(statuses.map(finishedAt), desk.now) ??
    latest(
      listOf(status['conditions']).map((each) => timeOf(fieldsOf(each)['lastTransitionTime'])),
      desk.now,
    );
  if (times !== null) return times;
  return entry.op === 'list' ? (timeOf(status['startTime']) ?? desk.now) : desk.now;
}

function finishedAt(status: unknown): number | null {
  const terminated: Fields = fieldsOf(fieldsOf(fieldsOf(status)['state'])['terminated']);
  return timeOf(terminated['finishedAt']);
}

function latest(times: readonly (number | null)[], now: number): number | null {
  const told = times.filter((at) => at !== null && at <= now) as number[];
  return told.length > 0 ? Math.max(...told) : null;
}
