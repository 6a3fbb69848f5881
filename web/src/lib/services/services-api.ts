import { api, body, type Answer, type Query } from '../api/client.ts';

export type ServicePage = Answer<'listServices'>;
export type ServiceItem = ServicePage['items'][number];
export type ServiceDetail = Answer<'getService'>;
export type EndpointSteps = Answer<'listServiceEndpoints'>;
export type SlaLine = Answer<'listServiceGroups'>['items'][number];
export type OutageItem = Answer<'listOutages'>['items'][number];
export type RolloutItem = Answer<'listRollouts'>['items'][number];

export type ServicesQuery = NonNullable<Query<'listServices'>>;

export interface ServiceKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
}

const SERVICE = '/api/v1/services/{cluster}/{namespace}/{service}';

export const listServices = (query: ServicesQuery, signal: AbortSignal): Promise<ServicePage> =>
  body(api.GET('/api/v1/services', { params: { query }, signal }));

export const listServiceGroups = (
  query: Query<'listServiceGroups'>,
  signal: AbortSignal,
): Promise<Answer<'listServiceGroups'>> => body(api.GET('/api/v1/services/groups', { params: { query }, signal }));

export const getService = (path: ServiceKey, query: Query<'getService'>, signal: AbortSignal): Promise<ServiceDetail> =>
  body(api.GET(SERVICE, { params: { path, query }, signal }));

export const listEndpoints = (
  path: ServiceKey,
  query: Query<'listServiceEndpoints'>,
  signal: AbortSignal,
): Promise<EndpointSteps> => body(api.GET(`${SERVICE}/endpoints`, { params: { path, query }, signal }));

export const listOutages = (query: Query<'listOutages'>, signal: AbortSignal): Promise<Answer<'listOutages'>> =>
  body(api.GET('/api/v1/outages', { params: { query }, signal }));

export const listRollouts = (query: Query<'listRollouts'>, signal: AbortSignal): Promise<Answer<'listRollouts'>> =>
  body(api.GET('/api/v1/rollouts', { params: { query }, signal }));

/** An interval with the rollout and the exceptions that caused it. */
export const getOutage = (id: string, signal: AbortSignal): Promise<Answer<'getOutage'>> =>
  body(api.GET('/api/v1/outages/{id}', { params: { path: { id } }, signal }));
