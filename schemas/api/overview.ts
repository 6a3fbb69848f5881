import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { ExceptionRow } from '../exceptions.ts';
import { nullable, wireFields } from './envelope.ts';
import { GroupItem } from './exceptions.ts';

const count = (description?: string) => Type.Integer({ minimum: 0, ...(description ? { description } : {}) });
const change = { current: count(), previous: count('In the period before') };
const Change = (description: string) => Type.Object(change, { description });
const range = { from: Time, to: Time };
const row = wireFields(ExceptionRow, ['type', 'cluster', 'namespace', 'workload_kind', 'workload', 'reason']);

/** One row a signal. They are of different types: never to be summed. */
export const Signals = Type.Object({
  deaths: Change('Container instances that ended'),
  oom_kills: Change('Deaths with reason OOMKilled'),
  crash_loops: Change('Crash loops that began'),
  stuck: Change('Other spells that began: image pull, configuration, unschedulable, node lost'),
  pods: Change('Pods that were ended: evicted, preempted, node lost, ...'),
  jobs: Change('Jobs that failed'),
  new_groups: Change('Groups first seen in the period'),
  services_down: Change('Services that are down at the end of the period; previous: at its beginning'),
  services_degraded: Change('Services that are degraded at the end of the period; previous: at its beginning'),
  rollouts_failing: Change(
    'Rollouts that have failed and not come to an end at the end of the period; previous: at its beginning',
  ),
});
export type Signals = Static<typeof Signals>;

export const ReasonChange = Type.Object({ type: row.type, reason: row.reason, ...change });
export type ReasonChange = Static<typeof ReasonChange>;

export const ClusterChange = Type.Object({ cluster: row.cluster, ...change });
export type ClusterChange = Static<typeof ClusterChange>;

export const WorkloadDeaths = Type.Object({
  cluster: row.cluster,
  namespace: row.namespace,
  workload_kind: row.workload_kind,
  workload: row.workload,
  deaths: count(),
  previous: count('Deaths in the period before'),
  groups: count('Different failures among them'),
  last_seen: Time,
  reason: Type.String({ description: 'The most frequent one' }),
  sample_id: Type.String({ description: 'Id of the newest one' }),
});
export type WorkloadDeaths = Static<typeof WorkloadDeaths>;

export const Overview = Type.Object({
  ...range,
  previous: Type.Object(range, { description: 'The period of the same length just before' }),
  recorded_since: nullable(Time, 'When the first watch began; what lies before is unknown'),
  signals: Signals,
  by_reason: Type.Array(ReasonChange, { description: 'The 12 most frequent of either period' }),
  by_cluster: Type.Array(ClusterChange, { description: 'Deaths, most first, at most 100' }),
  workloads: Type.Array(WorkloadDeaths, { description: 'The 10 with most deaths' }),
  new_groups: Type.Array(GroupItem, {
    description: 'Groups whose first row in all kept history lies in from..to, most frequent first, at most 10',
  }),
});
export type Overview = Static<typeof Overview>;
