import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

/** The `outages` part of the configuration file. */
export const OutageOptions = Type.Object(
  {
    degraded_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'a service is degraded while a smaller share of what is wanted is ready; 0: never',
    }),
    scale_up_minutes: Type.Number({
      minimum: 0,
      default: 5,
      description: 'how long pods that are asked for in addition may take before they are missed',
    }),
  },
  { default: {} },
);
export type OutageOptions = Static<typeof OutageOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const outageOptions = (given: unknown = {}): OutageOptions =>
  Value.Parse(OutageOptions, Value.Default(OutageOptions, structuredClone(given)));
