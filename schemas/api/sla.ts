import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { CAUSES } from '../outages.ts';
import { nullable } from './envelope.ts';

const seconds = (description: string) => Type.Number({ minimum: 0, description: `${description}, in seconds` });
const percent = (description: string) => nullable(Type.Number({ minimum: 0, maximum: 100 }), description);

/** Both null where no time counts. */
export const Availability = Type.Object(
  {
    worst: percent('Where every bound is taken against the service, and unknown time counts as down'),
    best: percent('Where every bound is taken for the service, and unknown time counts as up'),
  },
  { description: 'Percent of the time that counts' },
);
export type Availability = Static<typeof Availability>;

export const BURN_WINDOWS = { '1h': 3_600, '6h': 21_600, '24h': 86_400, '72h': 259_200 } as const;
export type BurnWindow = keyof typeof BURN_WINDOWS;

/**
 * The figures of a service, or of several together, over a range. What counts is the time from the first ready endpoint on until
 * the service was deleted, without what it was off, and without maintenance unless the name says otherwise.
 */
export const SLA_FIGURES = {
  availability: Availability,
  availability_with_maintenance: {
    ...Availability,
    description: 'The same where maintenance counts as any other time',
  },
  counted_s: seconds('Time that counts'),
  unknown_s: seconds('Of it, time that nobody watched'),
  off_s: seconds('Time in which nothing was wanted'),
  maintenance_s: seconds('Time of maintenance'),
  downtime: Type.Object({
    worst_s: seconds('Down or unknown, at the most'),
    best_s: seconds('Down at the least'),
    likely_s: seconds('Down, as well as is known'),
    planned_s: seconds('Of the likely downtime what somebody meant'),
    unplanned_s: seconds('Of the likely downtime what nobody meant'),
    by_cause: Type.Array(
      Type.Object({ cause: Type.Enum([...CAUSES]), seconds: seconds('Down'), outages: Type.Integer({ minimum: 0 }) }),
      { description: 'Most time first' },
    ),
  }),
  degraded_s: seconds('Fewer endpoints ready than enough'),
  outages: Type.Integer({ minimum: 0, description: 'How often it was down; those within maintenance are left out' }),
  longest_s: seconds('The longest of them'),
  mttr_s: nullable(Type.Number({ minimum: 0 }), 'Mean time to recovery of those that have ended, in seconds'),
  mtbf_s: nullable(Type.Number({ minimum: 0 }), 'Mean time between failures: time up for each outage, in seconds'),
  objective: Type.Number({ minimum: 0, maximum: 100, description: 'Percent wanted; of several the strictest' }),
  budget: Type.Object({
    total_s: seconds('Downtime that the objective allows in the time that counts'),
    left_s: Type.Number({
      description: 'What the likely downtime leaves of it, in seconds; negative once it is spent',
    }),
  }),
  burn: Type.Object(
    {
      '1h': nullable(Type.Number({ minimum: 0 }), 'Of the last hour'),
      '6h': nullable(Type.Number({ minimum: 0 }), 'Of the last 6 hours'),
      '24h': nullable(Type.Number({ minimum: 0 }), 'Of the last 24 hours'),
      '72h': nullable(Type.Number({ minimum: 0 }), 'Of the last 3 days'),
    },
    {
      description:
        'Burn rate up to the end of the range: 1 spends the budget in just its period; null where no time counts',
    },
  ),
} as const;
export const SlaFigures = Type.Object(SLA_FIGURES);
export type SlaFigures = Static<typeof SlaFigures>;

/** One day of a service's bar, in the time zone asked for. */
export const SlaDay = Type.Object({
  date: Type.String({ description: 'YYYY-MM-DD', pattern: String.raw`^\d{4}-\d{2}-\d{2}$` }),
  ...Type.Pick(SlaFigures, ['availability', 'counted_s', 'unknown_s']).properties,
  down_s: seconds('Down, as well as is known'),
  degraded_s: seconds('Degraded'),
  outages: Type.Integer({ minimum: 0, description: 'That touch the day' }),
});
export type SlaDay = Static<typeof SlaDay>;

export const SLA_BY = ['service', 'team', 'namespace', 'environment', 'cluster'] as const;
export type SlaBy = (typeof SLA_BY)[number];

/** A line of a report: a service, or all services of a team, a namespace, ... */
export const SlaLine = Type.Object({
  cluster: Type.String({ description: "'' where the line is about several" }),
  namespace: Type.String({ description: "'' where the line is about several" }),
  service: Type.String({ description: "'' where the line is about several" }),
  team: Type.String(),
  environment: Type.String(),
  services: Type.Integer({ minimum: 0, description: 'How many the line is about' }),
  missed: Type.Integer({ minimum: 0, description: 'How many of them have spent their budget' }),
  ...SLA_FIGURES,
});
export type SlaLine = Static<typeof SlaLine>;

export const ServiceGroups = Type.Object({
  from: Time,
  to: Time,
  tz: Type.String(),
  by: Type.Enum([...SLA_BY]),
  items: Type.Array(SlaLine, { description: 'Worst first' }),
});
export type ServiceGroups = Static<typeof ServiceGroups>;

export const SlaReport = Type.Object({
  from: Time,
  to: { ...Time, description: 'Exclusive; not later than now' },
  period: Type.String({ description: "2026-10, 2026-Q4, or '' for a range of its own" }),
  complete: Type.Boolean({ description: 'false while the period lasts' }),
  tz: Type.String({ description: 'Time zone of the calendar' }),
  by: Type.Enum([...SLA_BY]),
  total: SlaLine,
  lines: Type.Array(SlaLine, { description: 'Worst first' }),
});
export type SlaReport = Static<typeof SlaReport>;
