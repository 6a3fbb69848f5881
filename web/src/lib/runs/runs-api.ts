import { api, body, type Answer, type operations, type Query } from '../api/client.ts';

export type RunPage = Answer<'listRuns'>;
export type RunItem = RunPage['items'][number];
export type RunReport = Answer<'getRunReport'>;
export type RunCheck = Answer<'checkRun'>;
export type CheckItem = RunCheck['checks'][number];
export type RunComparison = Answer<'compareRuns'>;
export type ComparedSide = RunComparison['a'];
export type ComparedCount = RunComparison['counts'][number];
export type ComparedReason = RunComparison['exceptions'][number];
export type ComparedUsage = RunComparison['usage'][number];
export type RunGroup = RunReport['exceptions']['groups'][number];
export type RunOutage = RunReport['outages']['items'][number];
export type RunRollout = RunReport['rollouts']['items'][number];
export type RunSizing = NonNullable<RunReport['sizing']>;
export type RunVerdict = RunSizing['items'][number]['verdict'];
export type RunNew = operations['createRun']['requestBody']['content']['application/json'];
export type RunChange = operations['changeRun']['requestBody']['content']['application/json'];

const ONE = '/api/v1/runs/{id}';
const byId = (id: string) => ({ params: { path: { id } } });

export const listRuns = (query: Query<'listRuns'>, signal: AbortSignal): Promise<RunPage> =>
  body(api.GET('/api/v1/runs', { params: { query }, signal }));

export const getRunReport = (id: string, signal: AbortSignal): Promise<RunReport> =>
  body(api.GET(`${ONE}/report`, { ...byId(id), signal }));

export const checkRun = (id: string, query: Query<'checkRun'>, signal: AbortSignal): Promise<RunCheck> =>
  body(api.GET(`${ONE}/check`, { params: { path: { id }, query }, signal }));

export const compareRuns = (a: string, b: string, signal: AbortSignal): Promise<RunComparison> =>
  body(api.GET('/api/v1/runs/compare', { params: { query: { a, b } }, signal }));

/** Throws ApiError; `conflict` where another run has the name. */
export const createRun = (run: RunNew): Promise<RunItem> => body(api.POST('/api/v1/runs', { body: run }));

/** Throws ApiError. */
export const changeRun = (id: string, change: RunChange): Promise<RunItem> =>
  body(api.PATCH(ONE, { ...byId(id), body: change }));

/** Throws ApiError. */
export const stopRun = (id: string): Promise<RunItem> => body(api.POST(`${ONE}/stop`, byId(id)));

/** Throws ApiError. */
export const deleteRun = (id: string): Promise<RunItem> => body(api.DELETE(ONE, byId(id)));
