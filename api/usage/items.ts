import { toTime } from '../../platform/clock.ts';
import type { UsageBy } from '../../schemas/api/usage-parameters.ts';
import type { UsageComplete, UsageItem, UsageTotals, Used, UsedAndAsked } from '../../schemas/api/usage.ts';
import type { Measure } from '../../schemas/usage.ts';
import type { BucketedMeasure } from '../../schemas/usage-buckets.ts';
import type { StoredFigures, StoredTotals } from '../queries/usage/figures.ts';
import type { Period } from '../queries/service-conditions.ts';
import { instantsIn, type Plan } from './parts.ts';

const value = (of: number | null | undefined): number | null => of ?? null;

/** What several pods together have known of a share is of each, not of the group. */
const knownShare = (count: number | null | undefined, instants: number): number =>
  instants === 0 ? 0 : Math.min(1, (count ?? 0) / instants);

/** Average, maximum, 95th percentile and the known share of one measure. */
export const usedOf = (row: StoredFigures, measure: BucketedMeasure, instants: number): Used => ({
  avg: value(row[`a_${measure}`]),
  max: value(row[`x_${measure}`]),
  p95: value(row[`p_${measure}`]),
  known: knownShare(row[`c_${measure}`], instants),
});

const asked = (row: StoredFigures, request: Measure, limit: Measure) => ({
  request: value(row[`x_${request}`]),
  limit: value(row[`x_${limit}`]),
});

const waste = ({ request, p95 }: UsedAndAsked): number | null =>
  request === null || p95 === null ? null : request - p95;
const danger = ({ max, limit }: UsedAndAsked): number | null =>
  max === null || limit === null || limit === 0 ? null : max / limit;

type Identity = Pick<
  UsageItem,
  'cluster' | 'namespace' | 'pod' | 'workload_kind' | 'workload' | 'node' | 'team' | 'environment'
>;

function identityOf(row: StoredFigures, by: UsageBy): Identity {
  const none = { pod: '', workload_kind: '', workload: '', node: '', team: '', environment: '' };
  const place = { cluster: row.k_cluster, namespace: row.k_namespace, ...none };
  switch (by) {
    case 'pod': {
      const [kind, workload, node, team, environment] = row.owner;
      return { ...place, pod: row.k_name, workload_kind: kind, workload, node, team, environment };
    }
    case 'workload':
      return { ...place, workload_kind: row.k_kind, workload: row.k_name };
    case 'namespace':
    case 'cluster':
      return place;
    case 'team':
    case 'node':
      return { ...place, [by]: row.k_name };
  }
}

/** A row of the table as the API shows it. */
export function toUsageItem(row: StoredFigures, by: UsageBy, { range, estimated }: Plan): UsageItem {
  const instants = instantsIn(range);
  const cpu = { ...usedOf(row, 'cpu_cores', instants), ...asked(row, 'cpu_request_cores', 'cpu_limit_cores') };
  const memory = {
    ...usedOf(row, 'memory_bytes', instants),
    ...asked(row, 'memory_request_bytes', 'memory_limit_bytes'),
  };
  return {
    ...identityOf(row, by),
    first_at: toTime(Math.max(row.first_ms, range.from)),
    last_at: toTime(Math.min(row.last_ms, range.to)),
    pods: by === 'pod' || estimated ? null : row.most_pods,
    cpu,
    memory,
    gpu: {
      utilisation: usedOf(row, 'gpu_utilisation', instants),
      memory: usedOf(row, 'gpu_memory_bytes', instants),
      ...asked(row, 'gpu_request', 'gpu_limit'),
    },
    throttled: {
      avg: value(row.a_cpu_throttled),
      max: value(row.x_cpu_throttled),
      known: knownShare(row.c_cpu_throttled, instants),
    },
    network: {
      receive: value(row.a_network_receive_bytes_per_second),
      transmit: value(row.a_network_transmit_bytes_per_second),
    },
    file_system: {
      read: value(row.a_file_read_bytes_per_second),
      write: value(row.a_file_write_bytes_per_second),
      bytes: value(row.a_file_bytes),
    },
    oom_kills: row.oom_kills,
    oom_limit_bytes: value(row.oom_limit_bytes),
    waste: { cpu: waste(cpu), memory: waste(memory) },
    danger: { cpu: danger(cpu), memory: danger(memory) },
  };
}

export const toTotals = (totals: StoredTotals): UsageTotals => ({
  cpu: { avg: totals.cpu_avg, request: totals.cpu_request, limit: totals.cpu_limit },
  memory: { avg: totals.memory_avg, request: totals.memory_request, limit: totals.memory_limit },
  gpu: { request: totals.gpu_request, limit: totals.gpu_limit },
  oom_kills: totals.oom_kills,
});

const HOUR_MS = 3_600_000;

/** How much of the range is imported, out of the milliseconds of each cluster. */
export function completeOf(
  imported: readonly { cluster: string; imported_ms: number }[],
  period: Period,
): UsageComplete {
  const wantedMs = period.to - period.from;
  const missing = imported
    .filter(({ imported_ms: ms }) => ms < wantedMs)
    .map(({ cluster, imported_ms: ms }) => ({
      cluster,
      imported_hours: ms / HOUR_MS,
      missing_hours: (wantedMs - ms) / HOUR_MS,
    }));
  const sum = imported.reduce((all, { imported_ms: ms }) => all + Math.min(ms, wantedMs), 0);
  return { wanted_hours: wantedMs / HOUR_MS, imported_hours: sum / HOUR_MS, missing };
}
