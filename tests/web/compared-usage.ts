const pair = (a: number | null, b: number | null) => ({ a, b, difference: null, ratio: null });
const used = Object.fromEntries(
  ['avg', 'max', 'p95', 'request', 'limit', 'danger', 'waste'].map((name) => [name, pair(0.5, 0.5)]),
);
const same = {
  cluster_a: 'prod-eu',
  cluster_b: 'prod-eu',
  namespace: 'shop',
  workload_kind: 'Deployment',
  workload: 'same',
  pods: pair(1, 1),
  cpu: used,
  memory: used,
  throttled: { avg: pair(0, 0), max: pair(0, 0) },
  oom_kills: pair(0, 0),
};

/** Workloads of two runs as the API compares them: one as it was, one whose memory limit was halved, and one that is gone. */
export const COMPARED_USAGE = [
  same,
  { ...same, workload: 'halved', memory: { ...used, limit: pair(2e9, 1e9), danger: pair(0.45, 0.9) } },
  { ...same, workload: 'gone', cluster_b: null },
];
