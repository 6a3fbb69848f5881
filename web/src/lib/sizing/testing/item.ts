import type { Reason, ResourceSizing, SizingItem } from '../sizing-api.ts';

export const figures = (given: Partial<ResourceSizing> = {}): ResourceSizing => ({
  request: null,
  limit: null,
  asked_known: true,
  avg: null,
  p95: null,
  max: null,
  recommended_request: null,
  recommended_limit: null,
  limit_change: 'none',
  saving: null,
  ...given,
});

export const reason = (given: Partial<Reason>): Reason => ({
  code: 'no-limit',
  verdict: 'no-limit',
  resource: 'memory',
  values: {},
  text: '',
  ...given,
});

/** A workload of which nothing is told. */
export const sizingItem = (given: Partial<SizingItem> = {}): SizingItem => ({
  cluster: 'east',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
  team: '',
  environment: '',
  verdict: 'fine',
  verdicts: ['fine'],
  first_at: '2026-11-16T00:00:00.000Z',
  last_at: '2026-11-23T00:00:00.000Z',
  known_hours: 168,
  known_share: 1,
  pods: 3,
  cpu: figures(),
  memory: figures(),
  gpu: figures(),
  throttled: null,
  oom: { kills: 0, last_at: null, container: null, limit_bytes: null },
  autoscaler: null,
  danger: null,
  reasons: [],
  containers: [],
  patch: null,
  ...given,
});
