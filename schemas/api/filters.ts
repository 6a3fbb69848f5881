import Type, { type Static, type TSchema } from 'typebox';
import { EXCEPTION_TYPES, VERDICTS } from '../exceptions.ts';
import { CONTAINER_KINDS, LOG_STATUSES } from '../objects.ts';

/** RFC 3339 with any offset; seconds' fraction optional. A `+` that was not percent-encoded arrives as a space. */
export const timeParameter = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+ -]\d{2}:\d{2})$`,
      description: `${description}. RFC 3339, for example 2026-11-22T14:58:00.000Z`,
    }),
  );

const listOf = <T extends TSchema>(item: T, description: string) =>
  Type.Optional(
    Type.Array(item, {
      maxItems: 100,
      description: `${description}. Repeat it or separate values by commas; !value excludes`,
    }),
  );

/** Values as `readSelection` reads them: `!` excludes, `(none)` stands for '', a backslash takes what follows as it is. */
export const list = (description: string) => listOf(Type.String({ maxLength: 300 }), description);

/** A list of known words, each also with a `!`. */
export function wordList<const V extends readonly string[]>(values: V, description: string) {
  type Word = V[number] | `!${V[number]}`;
  const words = [...values, ...values.map((value) => `!${value}`)];
  return listOf(Type.Enum(words as [Word, ...Word[]]), description);
}

export const Range = {
  from: timeParameter('Not before'),
  to: timeParameter('Before (exclusive)'),
};

export const Sources = {
  cluster: list('Clusters'),
  namespace: list('Kubernetes namespaces'),
};

/** The list filters of exceptions. */
const LISTS = {
  ...Sources,
  workload: list('Workload names'),
  workload_kind: list('Workload kinds'),
  service: list('Services that select the pod'),
  pod: list('Pod names'),
  node: list('Nodes'),
  container: list('Container names'),
  container_kind: wordList([...CONTAINER_KINDS, '(none)'], 'app, init, sidecar, ephemeral or (none)'),
  reason: list('Reasons'),
  exit_code: listOf(
    Type.String({ pattern: String.raw`^!?(none|0|-?[1-9]\d{0,9})$` }),
    'Exit codes; none where no process ended',
  ),
  signal: list('Signals, such as SIGKILL'),
  type: wordList(EXCEPTION_TYPES, 'death, stuck, pod or job'),
  verdict: Type.Optional(
    Type.Array(Type.Enum([...VERDICTS]), {
      maxItems: VERDICTS.length,
      description: 'reported or suppressed; without it only reported. Repeat it or separate values by commas',
    }),
  ),
  rule: list('Rules that suppressed'),
  log_status: wordList(LOG_STATUSES, 'What became of the log'),
  hint: list('Hints, whole'),
  image: list('Images, whole'),
  fingerprint: list('Groups'),
};

export type FilterField = keyof typeof LISTS;
export const FILTER_FIELDS = Object.keys(LISTS) as [FilterField, ...FilterField[]];

/** The filters that a row can be held against by itself. */
export const ROW_FILTERS = {
  ...LISTS,
  min_restarts: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: 'At least so many restarts' }),
  ),
};

export const EXCEPTION_FILTERS = {
  ...ROW_FILTERS,
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Text to find in the log or the message, as it is written, whatever its case',
    }),
  ),
  ...Range,
};
const ExceptionFilters = Type.Object(EXCEPTION_FILTERS);
export type ExceptionFilters = Static<typeof ExceptionFilters>;
