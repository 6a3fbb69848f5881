import type { PodObject } from '../../../schemas/objects.ts';
import { millis } from './times.ts';

export const isOver = (pod: PodObject): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** The condition that says that somebody means to end the pod: an eviction, a preemption, a taint. */
export const disruptionOf = (pod: PodObject) =>
  pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');

/**
 * When the pod's deletion was asked for. The API server writes when the grace period ends; the kubelet's own last delete
 * sets the grace period to 0, so the spec's stands in for it.
 */
export function deletedAt(object: PodObject): number | null {
  const end = millis(object.metadata?.deletionTimestamp);
  if (end === null) return null;
  const grace = object.metadata?.deletionGracePeriodSeconds || object.spec?.terminationGracePeriodSeconds || 30;
  return end - grace * 1000;
}
