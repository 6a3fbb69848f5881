import { api, body, type Answer, type Query } from '../api/client.ts';

export type UsagePage = Answer<'listUsage'>;
export type UsageItem = UsagePage['items'][number];
export type UsedAndAsked = UsageItem['cpu'];
export type UsageQuery = Query<'listUsage'>;
export type UsageSort = NonNullable<UsageQuery['sort']>;
export type UsageBy = UsagePage['by'];
export type UsageSeries = Answer<'getUsageSeries'>;
export type UsageMetric = UsageSeries['used'][number]['metric'];

export const USAGE_BY = [
  'pod',
  'workload',
  'namespace',
  'team',
  'node',
  'cluster',
] as const satisfies readonly UsageBy[];

export const listUsage = (query: UsageQuery, signal: AbortSignal): Promise<UsagePage> =>
  body(api.GET('/api/v1/usage/pods', { params: { query }, signal }));

/** `metrics` comes once for each. */
function repeated(query: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) params.append(name, String(one));
  }
  return params.toString();
}

export const getUsageSeries = (query: Query<'getUsageSeries'>, signal: AbortSignal): Promise<UsageSeries> =>
  body(api.GET('/api/v1/usage/series', { params: { query }, signal, querySerializer: repeated }));

/** How the imports stand; none where no cluster's usage was ever asked for. */
export const listImports = (query: Query<'listImports'>, signal: AbortSignal): Promise<Answer<'listImports'>> =>
  body(api.GET('/api/v1/imports', { params: { query }, signal }));
