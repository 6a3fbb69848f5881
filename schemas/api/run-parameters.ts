import Type, { type Static } from 'typebox';
import { list, Range } from './filters.ts';
import { query, withDefault } from './parameters.ts';

export const RunsQuery = query({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Name; * stands for any characters' })),
  going_on: Type.Optional(Type.Boolean({ description: 'Only runs that go on, or those that are over' })),
  limit: withDefault(Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Rows a page' })),
  offset: withDefault(Type.Integer({ minimum: 0, maximum: 100_000, default: 0, description: 'Rows to pass over' })),
});

const name = (description: string) => Type.String({ minLength: 1, maxLength: 100, description });

export const RunParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 300, description: 'Id or name' }) });

export const CompareQuery = query({
  a: name('The one to measure by, by id or name'),
  b: name('The one that is held against it, by id or name'),
});

const count = (fallback: number, description: string) =>
  withDefault(
    Type.Integer({ minimum: 0, maximum: 1_000_000, default: fallback, description: `At most so many ${description}` }),
  );
const most = (maximum: number, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum, description: `At most; left out: not checked. ${description}` }));
const share = (fallback: number, description: string) =>
  withDefault(Type.Number({ minimum: 0, maximum: 1, default: fallback, description }));

export const THRESHOLDS = {
  max_new_exceptions: count(
    0,
    'reported exceptions of groups of which there was none in a range of the same length before, or in the baseline',
  ),
  max_oom_kills: count(0, 'containers that died as OOMKilled, suppressed ones too'),
  max_outages: count(0, 'times that a service was down, neither planned nor announced'),
  max_downtime_s: most(1e9, 'Seconds down of all services together, neither planned nor announced'),
  max_failed_rollouts: count(0, 'rollouts that failed in the range'),
  max_unfinished_rollouts: count(0, 'rollouts that were still going on at the end of the range'),
  max_memory_ratio: most(1000, "Maximum of a workload's memory / its limit"),
  max_cpu_ratio: most(1000, "Maximum of a workload's CPU / its limit"),
  max_throttled: most(1, "Average share of CPU periods in which a workload's pods were throttled"),
  min_complete: share(0.95, 'At least such a share of the range is imported of each cluster; 0: none need be'),
  min_watched: share(1, 'At least such a share of the range was watched of each cluster; 0: none need be'),
};
const Thresholds = Type.Object(THRESHOLDS);
export type Thresholds = Static<typeof Thresholds>;

const CHECKS = {
  ...THRESHOLDS,
  baseline: Type.Optional(
    name(
      'A run, by id or name: what breaches a threshold is no failure where the baseline was as bad, counts by the hour',
    ),
  ),
};

export const RunCheckQuery = query(CHECKS);
export const CheckQuery = query({
  ...CHECKS,
  ...Range,
  cluster: list('Clusters'),
  namespace: list('Namespaces; * stands for any characters'),
  workload: list('Workloads, as Kind/name or by name; * stands for any characters'),
});
