import type { ContainerStatus, PodObject } from '../../../schemas/objects.ts';
import { millis } from './times.ts';

export type SignKind = 'image' | 'config' | 'crashloop' | 'unschedulable';

/** Something that a pod's entry shows to be stuck. `since`: where Kubernetes says when it began. */
export interface StuckSign<Kind extends string = SignKind> {
  kind: Kind;
  container: string;
  reason: string;
  message: string;
  since: number | null;
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const CONFIG_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
]);

function waitingKind(reason: string): SignKind | null {
  if (IMAGE_REASONS.has(reason)) return 'image';
  if (CONFIG_REASONS.has(reason)) return 'config';
  return reason === 'CrashLoopBackOff' ? 'crashloop' : null;
}

export function containerSign(status: ContainerStatus): StuckSign | null {
  const waiting = status.state?.waiting;
  const kind = waitingKind(waiting?.reason ?? '');
  if (!kind) return null;
  return { kind, container: status.name, reason: waiting?.reason ?? '', message: waiting?.message ?? '', since: null };
}

export function schedulingSign(pod: PodObject): StuckSign | null {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return null;
  return {
    kind: 'unschedulable',
    container: '',
    reason: 'Unschedulable',
    message: condition.message ?? '',
    since: millis(condition.lastTransitionTime),
  };
}
