import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const scope = {
  enabled: Type.Boolean({ default: true, description: 'false: the rule is not asked' }),
  clusters: Type.Array(Type.String(), { default: [], description: 'where it holds; empty: everywhere' }),
  namespaces: Type.Array(Type.String(), { default: [], description: 'where it holds; empty: everywhere' }),
};
const Rule = Type.Object(scope, { default: {} });
const TimedRule = Type.Object(
  { ...scope, minutes: Type.Number({ minimum: 0, default: 5, description: 'how long' }) },
  { default: {} },
);
const NameRule = Type.Object(
  { ...scope, contains: Type.Array(Type.String({ minLength: 1 }), { default: [] }) },
  { default: {} },
);

/**
 * The rules in the order in which they are asked; the first that holds tags the row. A rule never drops a row.
 * Those of a timed rule carry their minutes.
 */
export const RuleOptions = Type.Object(
  {
    name: Type.Array(NameRule, { default: [], description: 'substrings of pod, container or workload names' }),
    ephemeral: Rule,
    'before-first-sight': Rule,
    'init-ok': Rule,
    'job-completed': Rule,
    'job-sidecar': Rule,
    'job-old': TimedRule,
    'job-waiting': TimedRule,
    startup: TimedRule,
    deleting: Rule,
    'planned-stop': Rule,
    'log-unavailable': Rule,
  },
  { default: {} },
);
export type RuleOptions = Static<typeof RuleOptions>;
export type RuleName = keyof RuleOptions;
export const RULE_NAMES = Object.keys(RuleOptions.properties) as readonly RuleName[];

export const StuckOptions = Type.Object(
  {
    minutes: Type.Number({ minimum: 0, default: 5, description: 'how long a spell lasts before it is a row' }),
    at_once: Type.Array(Type.String(), {
      default: ['InvalidImageName', 'ErrImageNeverPull'],
      description: 'waiting reasons that nothing but an edit heals: a row at once',
    }),
    recovered_after_minutes: Type.Number({
      minimum: 0,
      default: 10,
      description:
        'a crash loop is over once the container has run this long; the kubelet resets its back-off after 10',
    }),
  },
  { default: {} },
);

/** The `exceptions` part of the configuration file. */
export const ExceptionOptions = Type.Object(
  {
    rules: RuleOptions,
    stuck: StuckOptions,
    late_minutes: Type.Number({
      minimum: 0,
      default: 10,
      description: 'how long a deleted pod is remembered for logs and events that come late',
    }),
  },
  { default: {} },
);
export type ExceptionOptions = Static<typeof ExceptionOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const exceptionOptions = (given: unknown = {}): ExceptionOptions =>
  Value.Parse(ExceptionOptions, Value.Default(ExceptionOptions, structuredClone(given)));
