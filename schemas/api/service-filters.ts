import Type from 'typebox';
import { CAUSES, OUTAGE_KINDS, SERVICE_STATES } from '../outages.ts';
import { ROLLOUT_KINDS, ROLLOUT_OUTCOMES } from '../rollouts.ts';
import { list, Range, Sources, wordList } from './filters.ts';

const name = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: 'Part of the name, whatever its case' }),
);

/** Filters that services, outages and rollouts have alike. */
const OWNERS = {
  ...Sources,
  workload: list('Workloads, as Kind/name or by name'),
  service: list('Services'),
  team: list('Teams'),
  environment: list('Environments'),
};

const cause = wordList(CAUSES, 'Causes of an interval in which it was down');

export const SERVICE_FILTERS = {
  ...OWNERS,
  state: wordList(SERVICE_STATES, 'What it is now'),
  cause,
  q: name,
};

export const OUTAGE_FILTERS = {
  ...OWNERS,
  cause,
  kind: wordList(OUTAGE_KINDS, 'down, degraded, port or off; without it only down'),
  rollout: list('Rollouts that caused it, by id'),
  planned: Type.Optional(Type.Boolean({ description: 'Only what somebody meant, or what nobody meant' })),
  blip: Type.Optional(
    Type.Boolean({ default: false, description: 'true: also those in which endpoints only moved between slices' }),
  ),
  min_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: 'That lasted at least so long' })),
  ...Range,
};

export const ROLLOUT_FILTERS = {
  ...OWNERS,
  workload_kind: list('Workload kinds'),
  outcome: wordList(ROLLOUT_OUTCOMES, 'What it came to'),
  kind: wordList(ROLLOUT_KINDS, 'create, change, restart or rollback'),
  manager: list('Who changed it'),
  ...Range,
};

export type ServiceFilterField =
  keyof typeof OWNERS | 'state' | 'cause' | 'kind' | 'rollout' | 'workload_kind' | 'outcome' | 'manager';

/** Those of the filters that are lists. */
export const SERVICE_FILTER_FIELDS: readonly ServiceFilterField[] = [
  ...(Object.keys(OWNERS) as (keyof typeof OWNERS)[]),
  'state',
  'cause',
  'kind',
  'rollout',
  'workload_kind',
  'outcome',
  'manager',
];
