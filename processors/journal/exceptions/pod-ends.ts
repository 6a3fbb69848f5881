import type { PodObject } from '../../../schemas/objects.ts';
import { disruptionOf } from '../objects/pods.ts';
import { millis } from '../objects/times.ts';

/** That the pod itself was ended, not one of its containers. */
export interface PodEnd {
  reason: string;
  message: string;
  at: number | null;
  hint: string;
}

/** DisruptionTarget's reasons, in the words of this table where they have one. */
const DISRUPTIONS: Readonly<Record<string, string>> = {
  EvictionByEvictionAPI: 'Evicted',
  PreemptionByScheduler: 'Preempted',
};
const STATUS_REASONS: Readonly<Record<string, string>> = { Preempting: 'Preempted', Shutdown: 'NodeShutdown' };

/** The pod's own reason says most; DisruptionTarget stands in for it, and comes earlier. */
export function podEndOf(pod: PodObject): PodEnd | null {
  const disruption = disruptionOf(pod);
  const own = pod.status?.phase === 'Failed' ? (pod.status.reason ?? '') : '';
  if (!disruption && !own) return null;
  const message = (own && pod.status?.message) || disruption?.message || '';
  const reason = own
    ? statusReason(own, message)
    : (DISRUPTIONS[disruption?.reason ?? ''] ?? disruption?.reason ?? 'Disrupted');
  return {
    reason,
    message,
    at: millis(disruption?.lastTransitionTime),
    hint: endHint(reason, disruption?.reason ?? '', message),
  };
}

function statusReason(reason: string, message: string): string {
  if (reason === 'Terminated' && /shutdown/i.test(message)) return 'NodeShutdown';
  return STATUS_REASONS[reason] ?? reason;
}

function endHint(reason: string, disruption: string, message: string): string {
  if (reason === 'Evicted') {
    const resource = /low on resource: ([\w.-]+?)\.?(?:\s|$)/i.exec(message)?.[1];
    if (resource) return `Evicted: the node ran low on ${resource}`;
    const own =
      /exceed/i.test(message) && /emptydir|ephemeral local storage|local ephemeral storage/i.exec(message)?.[0];
    if (own) return `Evicted: the pod used more ${own} than its limit`;
    return disruption === 'EvictionByEvictionAPI'
      ? 'Evicted through the API: a drain, an autoscaler or a person'
      : 'Evicted by the kubelet';
  }
  if (reason === 'Preempted') return 'Made room for a pod of higher priority';
  if (reason === 'DeletionByTaintManager')
    return 'Its node got a NoExecute taint that the pod does not tolerate (any longer)';
  if (reason === 'DeletionByPodGC') return 'Its node is gone';
  if (reason === 'NodeShutdown') return 'Its node was shut down';
  if (reason === 'NodeLost') return 'Its node does not answer';
  if (reason === 'DeadlineExceeded') return 'The pod was active longer than activeDeadlineSeconds allows';
  if (reason === 'UnexpectedAdmissionError') return 'The kubelet could not admit the pod: often a device that is gone';
  if (reason.startsWith('OutOf')) return `The node had not enough ${reason.slice(5)} when the pod arrived`;
  return '';
}
