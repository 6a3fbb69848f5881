import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

/** The `rollouts` part of the configuration file. */
export const RolloutOptions = Type.Object(
  {
    deadline_minutes: Type.Number({
      exclusiveMinimum: 0,
      default: 10,
      description:
        'how long a StatefulSet, a DaemonSet or an unknown controller may make no progress; a Deployment has a deadline of its own',
    }),
  },
  { default: {} },
);
export type RolloutOptions = Static<typeof RolloutOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const rolloutOptions = (given: unknown = {}): RolloutOptions =>
  Value.Parse(RolloutOptions, Value.Default(RolloutOptions, structuredClone(given)));
