import { hrefTo, type Patch } from '../url/view.svelte.ts';

export interface WorkloadKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload: string;
}

/** The page of a workload under the present time; the bar's filters do not go along, since it is about one workload. */
export const workloadHref = (key: WorkloadKey, patch: Patch = {}): string =>
  hrefTo(
    `/workloads/${[key.cluster, key.namespace, key.workload_kind, key.workload].map(encodeURIComponent).join('/')}`,
    { cluster: null, namespace: null, workload: null, ...patch },
  );

/** Filters under which other pages show just this workload. */
export const workloadFilters = ({ cluster, namespace, workload_kind, workload }: WorkloadKey) => ({
  cluster: [cluster],
  namespace: [namespace],
  workload_kind: [workload_kind],
  workload: [workload],
});
