import Type, { type Static } from 'typebox';

const percent = { minimum: 0, maximum: 100 } as const;
const name = (description: string) =>
  Type.String({ default: '*', description: `${description}; * for any characters` });

/** Availability wanted of services that match; the first that matches counts. */
const Objective = Type.Object(
  {
    cluster: name('cluster'),
    namespace: name('namespace'),
    service: name('service'),
    objective: Type.Number({ ...percent, description: 'percent' }),
  },
  { additionalProperties: false },
);

/** The `sla` part of the configuration file. */
export const SlaOptions = Type.Object(
  {
    objective: Type.Number({
      ...percent,
      default: 99.9,
      description:
        'availability wanted, in percent, of services without the annotation tidemark.dev/slo or a line below',
    }),
    objectives: Type.Array(Objective, {
      default: [],
      description: 'cluster, namespace, service (patterns) and objective: the first that matches counts',
    }),
    time_zone: Type.String({
      default: 'UTC',
      description: 'zone of calendar months and days where a request names none, such as Asia/Shanghai',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type SlaOptions = Static<typeof SlaOptions>;
