import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';

/** Every answer that is not a success. `details` depends on the code; for `bad_request` it lists every bad parameter. */
export const ErrorBody = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'What a program decides on', examples: ['bad_request', 'store_unavailable'] }),
      message: Type.String({ description: 'For people' }),
      details: Type.Unknown({ description: 'An object; for bad_request: {problems: [{in, parameter, message}]}' }),
    }),
  },
  { description: 'An error' },
);
export type ErrorBody = Static<typeof ErrorBody>;

/** A page of a list: `next` is passed back as `cursor`, and is null on the last page; `total` counts all pages. */
export const page = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], { description: 'Pass it back as cursor; null on the last page' }),
    total: Type.Integer({ minimum: 0, description: 'Rows on all pages together' }),
  });
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

/** The named fields of a table's row as the API shows them: the same names and checks, without the storage's annotations. */
export function wireFields<P extends TProperties, const K extends keyof P & string>(
  row: TObject<P>,
  fields: readonly K[],
): Pick<P, K> {
  const picked = fields.map((field) => {
    const { clickhouse: _storage, ...schema } = row.properties[field] as TSchema & { clickhouse?: string };
    return [field, schema];
  });
  return Object.fromEntries(picked) as Pick<P, K>;
}

export const nullable = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** Responses of a route: what it answers, and errors. */
export const answers = <T extends TSchema>(schema: T) => ({ 200: schema, '4xx': ErrorBody, '5xx': ErrorBody });
