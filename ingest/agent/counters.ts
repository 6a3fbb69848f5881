import type { Metrics } from '../../platform/metrics.ts';

const COUNTERS = {
  entries: 'Entries queued for the local log',
  changes: 'Changes read from the API server',
  relists: 'Complete lists',
  watch_failures: 'Lists and watches that failed and were tried again',
  losses: 'Stretches of the local log that were lost: dropped at its bound, or not readable',
  bad_lines: 'Watch lines that could not be read',
  bad_items: 'List items that are no objects',
  projection_errors: 'Objects that could not be projected',
  catch_errors: 'Pods whose logs could not be looked after',
  truncated_entries: 'Entries shrunk to the size limit',
  append_retries: 'Appends to the local log that had to be tried again',
  entries_given_up: 'Entries not written because the agent stopped on a full disk',
  heartbeats_skipped: 'Heartbeats not written because the local log could not be',
} as const;

/** The agent's counts: in `/metrics` by cluster, and in each heartbeat. */
export interface Counters {
  readonly count: (name: string, by?: number) => void;
  snapshot(): Record<string, number>;
}

export function createCounters(metrics: Metrics, cluster: string): Counters {
  const counts: Record<string, number> = {};
  return {
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by;
      const help = COUNTERS[name as keyof typeof COUNTERS] ?? name;
      metrics.counter(`agent_${name}_total`, help, ['cluster']).inc({ cluster }, by);
    },
    snapshot: () => ({ ...counts }),
  };
}
