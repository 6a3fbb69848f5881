import { api, body, type Answer, type Query } from '../api/client.ts';

export type RolloutItem = Answer<'listRollouts'>['items'][number];
export type RolloutDetail = Answer<'getRollout'>;
export type RolloutMarks = Answer<'listRolloutMarks'>;
export type RolloutMark = RolloutMarks['items'][number];
export type RolloutsQuery = NonNullable<Query<'listRollouts'>>;
export type RolloutSort = NonNullable<RolloutsQuery['sort']>;
export type Outcome = RolloutItem['outcome'];
export type RolloutKind = RolloutItem['kind'];

export const OUTCOMES = [
  'progressing',
  'paused',
  'held',
  'completed',
  'failed',
  'superseded',
  'rolled-back',
] as const satisfies readonly Outcome[];
/** Those that are not over; one that failed may last too. */
export const UNDER_WAY = ['progressing', 'paused', 'held'] as const satisfies readonly Outcome[];
export const ROLLOUT_KINDS = ['create', 'change', 'restart', 'rollback'] as const satisfies readonly RolloutKind[];

export const getRollout = (id: string, signal: AbortSignal): Promise<RolloutDetail> =>
  body(api.GET('/api/v1/rollouts/{id}', { params: { path: { id } }, signal }));

export const listRolloutMarks = (query: Query<'listRolloutMarks'>, signal: AbortSignal): Promise<RolloutMarks> =>
  body(api.GET('/api/v1/rollouts/marks', { params: { query }, signal }));
