import Type from 'typebox';
import { Range, wordList } from './filters.ts';
import { query, withDefault } from './parameters.ts';
import { USAGE_FILTERS } from './usage-parameters.ts';

/** What sizing says of a workload, the most pressing first. */
export const SIZING_VERDICTS = [
  'oom-killed',
  'throttled',
  'under-provisioned',
  'too-little-data',
  'no-request',
  'over-provisioned',
  'hpa-driven',
  'no-limit',
  'fine',
] as const;
export type SizingVerdict = (typeof SIZING_VERDICTS)[number];

export const SIZING_SORTS = ['saving_cpu', 'saving_memory', 'danger', 'name'] as const;
export type SizingSort = (typeof SIZING_SORTS)[number];

const { cluster, namespace, workload, team, environment } = USAGE_FILTERS;

export const SizingQuery = query({
  cluster,
  namespace,
  workload,
  team,
  environment,
  verdict: wordList(SIZING_VERDICTS, 'Verdicts; a workload may have several, one of them is enough'),
  ...Range,
  sort: withDefault(
    Type.Enum([...SIZING_SORTS], {
      default: 'saving_cpu',
      description:
        'What to sort by; what is not known comes last. danger: the greatest of memory max / limit and the share throttled, at least 1 after an OOM kill; name: cluster, namespace, kind, name',
    }),
  ),
  order: withDefault(Type.Enum(['desc', 'asc'], { default: 'desc', description: 'Falling or rising' })),
  limit: withDefault(Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Rows a page' })),
  offset: withDefault(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'Rows to pass over' })),
});

const place = Type.String({ minLength: 1, maxLength: 253 });
export const SizingName = Type.Object({ cluster: place, namespace: place, kind: place, name: place });
export const SizingOneQuery = query(Range);
