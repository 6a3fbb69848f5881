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

/** RFC 3339, UTC, milliseconds: `2026-11-22T14:58:00.123Z`. The only form of time on the wire. */
export const Time = Type.String({
  pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`,
  examples: ['2026-11-22T14:58:00.123Z'],
});

export const text = (comment: string) => column(Type.String(), 'String', comment);
export const word = (comment: string) => column(Type.String(), 'LowCardinality(String)', comment);
export const time = (comment: string) => column(Time, "DateTime64(3, 'UTC')", comment);
export const maybeTime = (comment: string) =>
  column(Type.Union([Time, Type.Null()]), "Nullable(DateTime64(3, 'UTC'))", comment);
export const uint8 = (comment: string) => column(Type.Integer({ minimum: 0, maximum: 255 }), 'UInt8', comment);
export const uint32 = (comment: string) => column(Type.Integer({ minimum: 0, maximum: 4294967295 }), 'UInt32', comment);
/** Offsets and sequence numbers stay below 2^53, so JavaScript's numbers hold them exactly. */
export const uint64 = (comment: string) => column(Type.Integer({ minimum: 0 }), 'UInt64', comment);
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
