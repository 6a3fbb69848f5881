import type { WorkloadObject } from '../../../schemas/objects.ts';
import { millis } from '../objects/times.ts';

export interface JobFailure {
  reason: string;
  message: string;
  started: number | null;
  finished: number | null;
  hint: string;
}

const HINTS: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'Its pods failed more often than backoffLimit allows',
  DeadlineExceeded: 'The Job was active longer than activeDeadlineSeconds allows',
  PodFailurePolicy: 'A pod failed in a way that its podFailurePolicy does not retry',
  FailedIndexes: 'Some of its indexes failed for good',
  MaxFailedIndexesExceeded: 'More indexes failed than maxFailedIndexes allows',
};

/** The failure of a batch/v1 Job, from its condition Failed. */
export function jobFailureOf(object: WorkloadObject): JobFailure | null {
  if (object.kind !== 'Job') return null;
  const condition = object.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (!condition) return null;
  const started = object.status?.['startTime'];
  return {
    reason: condition.reason ?? 'Failed',
    message: condition.message ?? '',
    started: millis(typeof started === 'string' ? started : undefined),
    finished: millis(condition.lastTransitionTime),
    hint: HINTS[condition.reason ?? ''] ?? '',
  };
}
