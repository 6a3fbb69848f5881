import type { PodObject } from '../../../schemas/objects.ts';
import { containersOf, mainEnded } from './containers.ts';
import type { Sighting } from './death-rows.ts';
import { blankRow, podFacts, writeChanged } from './desk.ts';
import type { Desk } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { podEndId } from './identity.ts';
import { podEndOf } from './pod-ends.ts';
import type { PodState, Row } from './state.ts';
import { maybeStamp, millis, stamp } from '../objects/times.ts';

/** One row for the end of a pod, bettered as its status says more. */
export function updatePodEnd(desk: Desk, pod: PodState, seen: Sighting): void {
  const end = podEndOf(seen.object);
  if (!end) return;
  const at = end.at ?? lastFinished(seen.object) ?? (seen.listed ? null : desk.now);
  const first: Row = pod.end ?? {
    ...blankRow(desk, seen.uid, pod, 'pod', stamp(desk.now)),
    id: podEndId(desk.cluster, seen.uid),
    started_at: maybeStamp(millis(seen.object.status?.startTime)),
    finished_at: maybeStamp(at),
  };
  const row: Row = { ...first, reason: end.reason, message: end.message, hint: end.hint };
  row.fingerprint = fingerprintOf(row, '');
  if (!pod.end) Object.assign(row, judgeEnd(desk, pod, seen, row, at));
  writeChanged(desk, pod.end ? JSON.stringify(pod.end) : '', row);
  pod.end = row;
}

function judgeEnd(desk: Desk, pod: PodState, { object, listed }: Sighting, row: Row, finished: number | null) {
  return desk.verdict({ ...podFacts(desk, pod), row, finished, listed, mainEnded: mainEnded(object) });
}

function lastFinished(object: PodObject): number | null {
  const times = containersOf(object).map(({ status }) => millis(status.state?.terminated?.finishedAt) ?? 0);
  return Math.max(0, ...times) || null;
}
