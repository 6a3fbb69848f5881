import Type, { type TSchema } from 'typebox';

/** What a TypeBox schema says of its ClickHouse column: the type, and (as `description`) the comment analysts read. */
export interface ColumnAnnotation {
  clickhouse: string;
  description: string;
}

/** Annotates a field's schema with its ClickHouse column type and comment. */
export function column<T extends TSchema>(schema: T, clickhouse: string, description: string): T {
  return { ...schema, clickhouse, description };
}

/** What a DateTime64(3) holds, in milliseconds since the Unix epoch. */
export const TIME_BOUNDS_MS = { first: Date.UTC(1900, 0, 1), last: Date.UTC(2300, 0, 1) - 1 } as const;

/** The years that a DateTime64(3) holds, with the days that each month has; 1900, 2100 and 2200 are no leap years. */
const YEAR = String.raw`(?:19|2[0-2])\d\d`;
const LEAP_YEAR = '(?:(?:19|2[0-2])(?:0[48]|[2468][048]|[13579][26])|2000)';
const DAY_OF_ANY_MONTH = String.raw`(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])`;
const LATE_DAY = '(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31';
const DATE = `(?:${YEAR}-(?:${DAY_OF_ANY_MONTH}|${LATE_DAY})|${LEAP_YEAR}-02-29)`;
const TIME_OF_DAY = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)\.\d{3}`;
export const TIME_PATTERN = `^(?!2299-12-31T23:59:60)${DATE}T${TIME_OF_DAY}Z$`;

/**
 * RFC 3339, UTC, milliseconds: `2026-11-22T14:58:00.123Z`. The only form of time on the wire. A real instant that the store
 * can hold; second 60 is the one after 59.
 */
export const Time = Type.String({
  pattern: TIME_PATTERN,
  examples: ['2026-11-22T14:58:00.123Z'],
});

export const Uint32 = Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
/** Offsets and sequence numbers stay below 2^53, so JavaScript's numbers hold them exactly. */
export const SafeCount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const text = (comment: string) => column(Type.String(), 'String', comment);
export const word = (comment: string) => column(Type.String(), 'LowCardinality(String)', comment);
export const time = (comment: string) => column(Time, "DateTime64(3, 'UTC')", comment);
export const maybeTime = (comment: string) =>
  column(Type.Union([Time, Type.Null()]), "Nullable(DateTime64(3, 'UTC'))", comment);
export const uint8 = (comment: string) => column(Type.Integer({ minimum: 0, maximum: 255 }), 'UInt8', comment);
export const uint32 = (comment: string) => column(Uint32, 'UInt32', comment);
export const uint64 = (comment: string) => column(SafeCount, 'UInt64', comment);
export const maybeInt32 = (comment: string) =>
  column(
    Type.Union([Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }), Type.Null()]),
    'Nullable(Int32)',
    comment,
  );
export const maybeFloat64 = (comment: string) =>
  column(Type.Union([Type.Number(), Type.Null()]), 'Nullable(Float64)', comment);
export const texts = (comment: string) => column(Type.Array(Type.String()), 'Array(String)', comment);
export const words = (comment: string) => column(Type.Array(Type.String()), 'Array(LowCardinality(String))', comment);

/** A column whose value is one of a closed list; stored as LowCardinality(String) so that a new value needs no DDL. */
export function oneOf<const V extends string[]>(values: readonly [...V], comment: string) {
  return column(Type.Enum(values), 'LowCardinality(String)', comment);
}

/** One table: its name, the schema of a row and what an insert may write. */
export interface Table<S extends TSchema = TSchema> {
  readonly name: string;
  readonly row: S;
  readonly columns: readonly string[];
}

/** Defines a table from the schema of its row; the column list is derived, in the schema's order. */
export function table<S extends TSchema>(name: string, row: S): Table<S> {
  const properties = (row as unknown as { properties: Record<string, TSchema & Partial<ColumnAnnotation>> }).properties;
  for (const [key, property] of Object.entries(properties)) {
    if (!property.clickhouse || !property.description) throw new Error(`column ${name}.${key} lacks its annotation`);
  }
  return { name, row, columns: Object.keys(properties) };
}
