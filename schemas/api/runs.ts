import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { ExceptionRow } from '../exceptions.ts';
import { nullable, page, wireFields } from './envelope.ts';
import { RolloutItem } from './rollouts.ts';
import { SizingItem, SizingPage } from './sizing.ts';
import { OutageItem } from './services.ts';
import { UsageItem, UsageResolution, UsageTotals } from './usage.ts';

const CLUSTERS = 'Clusters it is about; empty: all';
const NAMESPACES = 'Namespaces, with * for any characters; empty: all';
const WORKLOADS = 'Workloads, as Kind/name or by name, with * for any characters; empty: all';
const names = (description: string) => Type.Array(Type.String(), { description });

export const RunItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  from: Time,
  to: nullable(Time, 'Exclusive; null while it goes on and nobody has said when it ends'),
  going_on: Type.Boolean({ description: 'Whether it has not ended yet' }),
  clusters: names(CLUSTERS),
  namespaces: names(NAMESPACES),
  workloads: names(WORKLOADS),
  whole: Type.Boolean({ description: 'false: it is also about clusters or namespaces that you may not see' }),
  note: Type.String(),
  created_by: Type.String(),
  updated_at: Time,
});
export type RunItem = Static<typeof RunItem>;
export const RunPage = page(RunItem);

const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069`;
/** One line without blanks at its ends; not what an address or another run's id could be taken for. */
const NAME = String.raw`^(?!\.{1,2}$|compare$|[0-9a-f]{8}-[0-9a-f]{4}-)(?=\S)[^${CONTROL}*]*[^\s${CONTROL}*]$`;
const TEXT = String.raw`^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$`;

const name = Type.String({ minLength: 1, maxLength: 100, pattern: NAME, description: 'One line, unique, without *' });
const note = Type.String({ maxLength: 10_000, pattern: TEXT, description: 'Free text' });
const patterns = (maxLength: number, description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength }), { maxItems: 50, description }));

export const RunNew = Type.Object(
  {
    name,
    from: Type.Optional({ ...Time, description: 'Not in the future; left out: now' }),
    to: Type.Optional({
      ...Time,
      description: 'After from, at most 92 days later; left out: it goes on until stopped',
    }),
    clusters: patterns(100, CLUSTERS),
    namespaces: patterns(63, NAMESPACES),
    workloads: patterns(317, WORKLOADS),
    note: Type.Optional(note),
  },
  { additionalProperties: false },
);
export type RunNew = Static<typeof RunNew>;

export const RunChange = Type.Object(
  {
    from: Type.Optional({ ...Time, description: 'Not in the future' }),
    to: Type.Optional(nullable(Time, 'After from, at most 92 days later; null: it goes on')),
    note: Type.Optional(note),
  },
  { additionalProperties: false, minProperties: 1, description: 'What is left out stays as it is' },
);
export type RunChange = Static<typeof RunChange>;

const count = (description: string) => Type.Integer({ minimum: 0, description });
const seconds = (description: string) => Type.Number({ minimum: 0, description });
const owner = wireFields(ExceptionRow, ['cluster', 'namespace', 'workload_kind', 'workload']);

export const RunReason = Type.Object({
  ...owner,
  ...wireFields(ExceptionRow, ['type', 'reason']),
  count: count('Exceptions'),
  groups: count('Groups'),
  pods: count('Pods'),
  first_at: Time,
  first_id: Type.String({ description: 'Id of the first one' }),
});
export type RunReason = Static<typeof RunReason>;

export const RunGroup = Type.Object({
  fingerprint: Type.String(),
  ...owner,
  ...wireFields(ExceptionRow, ['type', 'reason', 'exit_code', 'container', 'hint']),
  count: count('Exceptions'),
  first_at: Time,
  last_at: Time,
  first_id: Type.String({ description: 'Id of the first one; what stands beside it is of that one' }),
  new: Type.Boolean({ description: 'Nothing of it was seen in a range of the same length before, reported or not' }),
});
export type RunGroup = Static<typeof RunGroup>;

export const RunExceptions = Type.Object({
  deaths: count('Containers that died'),
  others: count('Spells in which something was stuck, and pods and jobs that failed'),
  oom_kills: count('Containers that died as OOMKilled; those that a rule suppressed count here too'),
  groups_total: count('Groups'),
  new_groups: count('Groups of which there was none in a range of the same length before'),
  new_exceptions: count('Exceptions of those'),
  by_workload: Type.Array(RunReason, { description: 'By reason and workload, most frequent first, at most 500' }),
  groups: Type.Array(RunGroup, { description: 'New ones first, then the most frequent, at most 500' }),
});
export type RunExceptions = Static<typeof RunExceptions>;

export const RunOutage = Type.Object({
  ...OutageItem.properties,
  announced: Type.Boolean({ description: 'Whether maintenance covers all of it that lies in the range' }),
  within_s: seconds('How much of it lies in the range'),
});
export type RunOutage = Static<typeof RunOutage>;

export const RunOutages = Type.Object({
  down: count('Times that a service was down'),
  unplanned: count('Of those, neither planned nor announced'),
  degraded: count('Times that a service was degraded'),
  downtime_s: seconds('Time down in the range, of all services together'),
  unplanned_s: seconds('Of that, neither planned nor announced'),
  degraded_s: seconds('Time degraded in the range, of all services together'),
  items: Type.Array(RunOutage, { description: 'Down first, then the longest in the range, at most 500' }),
});
export type RunOutages = Static<typeof RunOutages>;

export const RunRollout = Type.Object({
  ...RolloutItem.properties,
  failed: Type.Boolean({ description: 'Whether it failed, or was rolled back, in the range' }),
  unfinished: Type.Boolean({
    description: 'Whether it was still going on at the end of the range, and had not failed',
  }),
});
export type RunRollout = Static<typeof RunRollout>;

export const RunRollouts = Type.Object({
  total: count('Rollouts that were going on in the range'),
  failed: count('Of those, failed or rolled back in the range'),
  unfinished: count('Of those, still going on at its end, and not failed'),
  items: Type.Array(RunRollout, {
    description: 'Failed ones first, then unfinished ones, then oldest first, at most 500',
  }),
});
export type RunRollouts = Static<typeof RunRollouts>;

const shareOf = (description: string) => nullable(Type.Number({ minimum: 0, maximum: 1 }), description);
export const RunComplete = Type.Object({
  share: shareOf('Least share of the range that is imported, of any cluster; null where no cluster is known'),
  clusters: Type.Array(
    Type.Object({
      cluster: Type.String(),
      imported_hours: seconds('Hours of the range that are imported'),
      missing_hours: seconds('Hours that are not'),
    }),
  ),
});
export type RunComplete = Static<typeof RunComplete>;

export const RunWatched = Type.Object({
  share: shareOf('Least share of the range that was watched, of any cluster; null where no cluster is known'),
  clusters: Type.Array(
    Type.Object({
      cluster: Type.String(),
      unwatched_s: seconds('Seconds of the range in which something may have been missed'),
      spans: Type.Array(
        Type.Object({
          from: Time,
          to: Time,
          namespace: Type.String({ description: "'' for all" }),
          of: Type.Enum(['services', 'pods', 'workloads', 'all'], { description: 'What was not watched' }),
        }),
        { description: 'The longest, at most 20' },
      ),
    }),
  ),
});
export type RunWatched = Static<typeof RunWatched>;

export const RunUsage = Type.Object({
  items: Type.Array(UsageItem, {
    description:
      'By workload, the nearest to its memory limit first; at most 500, and beyond the 100 first by danger and waste of CPU and waste of memory',
  }),
  total: count('Workloads'),
  totals: UsageTotals,
  resolution: UsageResolution,
});
export type RunUsage = Static<typeof RunUsage>;

const {
  cluster,
  namespace: ns,
  kind,
  name: workloadName,
  verdict,
  verdicts,
  pods,
  cpu,
  memory,
  gpu,
} = SizingItem.properties;
export const RunSizing = Type.Object({
  verdicts: SizingPage.properties.verdicts,
  totals: SizingPage.properties.totals,
  total: count('Workloads'),
  items: Type.Array(
    Type.Object({ cluster, namespace: ns, kind, name: workloadName, verdict, verdicts, pods, cpu, memory, gpu }),
    { description: 'The most in danger first, at most 500; the reasoning is in /usage/sizing of the range' },
  ),
});
export type RunSizing = Static<typeof RunSizing>;

const report = {
  from: Time,
  to: { ...Time, description: 'Now, where it goes on' },
  hours: seconds('Length of the range'),
  going_on: Type.Boolean({ description: 'It is a report up to now' }),
  whole: Type.Boolean({ description: 'false: what you may not see is left out' }),
  exceptions: RunExceptions,
  outages: RunOutages,
  rollouts: RunRollouts,
  usage: RunUsage,
  complete: RunComplete,
  watched: RunWatched,
};
const RangeReport = Type.Object(report);
/** What a range came to, whether it has a name or not. */
export type RangeReport = Static<typeof RangeReport>;
export const RunReport = Type.Object({
  run: RunItem,
  ...report,
  sizing: nullable(RunSizing, 'By what was used in the range; null where there are too many workloads to judge'),
});
export type RunReport = Static<typeof RunReport>;
