import { api, body, type Answer, type Query } from '../api/client.ts';

export type SizingPage = Answer<'listSizing'>;
export type SizingItem = SizingPage['items'][number];
export type SizingOne = Answer<'getSizing'>;
export type SizingQuery = Query<'listSizing'>;
export type SizingSort = NonNullable<SizingQuery['sort']>;
export type Verdict = SizingItem['verdict'];
export type Reason = SizingItem['reasons'][number];
export type ResourceSizing = SizingItem['cpu'];
export type ContainerSizing = SizingItem['containers'][number];
export type Spread = SizingOne['spread']['cpu'];
export type UsageNodes = Answer<'listUsageNodes'>;
export type ClusterCapacity = UsageNodes['clusters'][number];
export type NodeCapacity = UsageNodes['nodes'][number];
export type Capacity = NodeCapacity['cpu'];
export type Fit = ClusterCapacity['without_largest']['cpu'];

export const SIZED_RESOURCES = ['cpu', 'memory', 'gpu'] as const;
export type SizedResource = (typeof SIZED_RESOURCES)[number];

/** The workload that a path of the API names. */
export interface SizingPath {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

export const listSizing = (query: SizingQuery, signal: AbortSignal): Promise<SizingPage> =>
  body(api.GET('/api/v1/usage/sizing', { params: { query }, signal }));

export const getSizing = (path: SizingPath, query: Query<'getSizing'>, signal: AbortSignal): Promise<SizingOne> =>
  body(api.GET('/api/v1/usage/sizing/{cluster}/{namespace}/{kind}/{name}', { params: { path, query }, signal }));

/** Nodes and clusters: what there is, what is asked for and what is used. */
export const listCapacity = (query: Query<'listUsageNodes'>, signal: AbortSignal): Promise<UsageNodes> =>
  body(api.GET('/api/v1/usage/nodes', { params: { query }, signal }));
