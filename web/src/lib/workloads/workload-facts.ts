import type { WorkloadDetail } from '../services/workload-at.ts';

interface WorkloadObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** How a workload decides how many pods it runs. */
export type Runs =
  | { readonly how: 'replicas' | 'job'; readonly count: number }
  | { readonly how: 'daemon'; readonly count: number | null }
  | { readonly how: 'schedule' | 'suspended'; readonly schedule: string }
  | { readonly how: 'plain' };

const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;

/** What the object says of that; `plain` for a kind that says nothing of it. */
export function runsOf(kind: string, object: unknown): Runs {
  const { spec, status } = (object ?? {}) as WorkloadObject;
  const schedule = spec?.['schedule'];
  if (typeof schedule === 'string') return { how: spec?.['suspend'] === true ? 'suspended' : 'schedule', schedule };
  if (kind === 'DaemonSet') return { how: 'daemon', count: whole(status?.['desiredNumberScheduled']) };
  const replicas = whole(spec?.['replicas']);
  if (replicas !== null) return { how: 'replicas', count: replicas };
  if (kind === 'Job') return { how: 'job', count: whole(spec?.['completions']) ?? 1 };
  return { how: 'plain' };
}

/** Jobs and CronJobs are run, not rolled out. */
export const isRolledOut = (kind: string): boolean => !kind.endsWith('Job');

/** The kinds of coverage by which a workload and its pods are seen. */
export const coverageKinds = (kind: string): ReadonlySet<string> => new Set(['pod', `workload/${kind.toLowerCase()}s`]);

/** The newest version that is known of it: at the instant asked for, or before. */
export const objectOf = (detail: WorkloadDetail): unknown => (detail.at ?? detail.before)?.object;
