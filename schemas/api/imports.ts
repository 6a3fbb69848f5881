import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { UsageSourceRow, UsageWindowRow, WINDOW_STATES } from '../usage.ts';
import { nullable, page, wireFields } from './envelope.ts';

const window = wireFields(UsageWindowRow, [
  'window_start',
  'state',
  'imported_to',
  'tries',
  'next_try_at',
  'error_code',
  'error',
  'method',
  'missing',
  'updated_at',
]);
const source = wireFields(UsageSourceRow, ['measure', 'source', 'expression', 'chosen', 'series', 'checked_at']);
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const ImportItem = Type.Object({
  cluster: Type.String(),
  imported_to: nullable(Time, 'Up to here its instants are there; null before the first import'),
  lag_ms: nullable(Type.Integer(), 'Age of that instant'),
  method: window.method,
  windows: Type.Object(
    {
      pending: count('To be imported'),
      open: count('The hour that goes on'),
      done: count('Imported'),
      failed: count('Tried, will be tried again'),
      given_up: count('Nothing more can be had of them'),
    },
    { description: 'Hours of all time by state' },
  ),
  backfill_left: count('Hours that somebody asked for and that are still to be imported'),
  rows: count('Rows written, of the range'),
  samples: count('Samples read, of the range'),
  bad_samples: count('Samples left out, of the range'),
  missing: Type.Array(Type.String(), { description: 'Measures of which the newest imported hour had nothing' }),
  failed: Type.Array(
    Type.Object({
      window_start: window.window_start,
      state: window.state,
      tries: window.tries,
      next_try_at: window.next_try_at,
      error_code: window.error_code,
      error: { ...window.error, description: 'The same in words; empty for who may not see every namespace' },
      updated_at: window.updated_at,
    }),
    { description: 'What went wrong, newest hour first, at most 20' },
  ),
  sources: Type.Array(
    Type.Object({
      ...source,
      expression: { ...source.expression, description: 'As PromQL; empty for who may not see every namespace' },
    }),
    { description: 'Where each measure comes from' },
  ),
  hours: Type.Array(Type.Object({ state: Type.Enum([...WINDOW_STATES, 'none']), from: Time, to: Time }), {
    description: 'The hours of the range, oldest first, neighbours of one state together; none: never asked for',
  }),
});
export type ImportItem = Static<typeof ImportItem>;

export const ImportPage = Type.Object({ ...page(ImportItem).properties, from: Time, to: Time });
export type ImportPage = Static<typeof ImportPage>;

export const ImportNew = Type.Object(
  {
    cluster: Type.String({ minLength: 1, maxLength: 253, description: 'One whose usage is imported' }),
    from: { ...Time, description: 'The hour that it lies in is the first' },
    to: { ...Time, description: 'Exclusive; not in the future, and at most 400 days after from' },
    again: Type.Optional(Type.Boolean({ default: false, description: 'true: also hours that are imported already' })),
  },
  { additionalProperties: false },
);
export type ImportNew = Static<typeof ImportNew>;

export const ImportAccepted = Type.Object({
  cluster: Type.String(),
  from: { ...Time, description: 'Beginning of the first hour' },
  to: { ...Time, description: 'End of the last hour that is over' },
  hours: count('Hours that are over, in the range'),
  pending: count('Of those, to be imported now'),
  kept: count('Of those, left as they are: imported already, or being imported'),
});
export type ImportAccepted = Static<typeof ImportAccepted>;
