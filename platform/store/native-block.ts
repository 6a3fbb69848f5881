import { TIME_BOUNDS_MS, type ColumnAnnotation, type Table } from '../../schemas/column.ts';
import { AppError } from '../errors.ts';
import {
  encodeDictionary,
  encodeFloats,
  encodeNullableFloats,
  encodeTexts,
  encodeWholeNumbers,
  textChunks,
  varint,
  type Chunks,
  type EncodedColumn,
  type Indexes,
  type Numbers,
  type WholeNumbers,
} from './native-block-values.ts';

/** Texts of which few differ: `indexes[row]` is the place of the row's text in `dictionary`. */
export interface DictionaryValues {
  readonly dictionary: readonly string[];
  readonly indexes: Indexes;
}

/**
 * The values of one column, row by row; a plain string or number stands for the same value in every row. Times are
 * milliseconds since the Unix epoch. In a Nullable(Float64), NaN is null.
 */
export type ColumnValues = Numbers | readonly string[] | DictionaryValues | string | number;

/** One entry for each column of the table. */
export type Columns = Readonly<Record<string, ColumnValues>>;

const WHOLE_NUMBERS: readonly WholeNumbers[] = [
  { type: 'UInt8', least: 0, most: 255, array: Uint8Array },
  { type: 'UInt32', least: 0, most: 2 ** 32 - 1, array: Uint32Array },
  { type: 'Int32', least: -(2 ** 31), most: 2 ** 31 - 1, array: Int32Array },
  { type: 'UInt64', least: 0, most: Number.MAX_SAFE_INTEGER, array: BigUint64Array },
  { type: "DateTime64(3, 'UTC')", least: TIME_BOUNDS_MS.first, most: TIME_BOUNDS_MS.last, array: BigInt64Array },
];

const isDictionary = (values: ColumnValues): values is DictionaryValues =>
  typeof values === 'object' && 'dictionary' in values;
const isTexts = (values: ColumnValues): values is readonly string[] => Array.isArray(values);
const isNumbers = (values: ColumnValues): values is Numbers => ArrayBuffer.isView(values);

function encodeText(values: ColumnValues, rows: number): EncodedColumn | null {
  if (typeof values === 'string') return encodeDictionary([values], new Uint8Array(rows));
  if (isDictionary(values)) return encodeDictionary(values.dictionary, values.indexes);
  return isTexts(values) ? encodeTexts(values) : null;
}

function encodeNumbers(type: string, given: ColumnValues, rows: number): EncodedColumn | null {
  const values = typeof given === 'number' ? new Float64Array(rows).fill(given) : given;
  if (!isNumbers(values)) return null;
  const form = WHOLE_NUMBERS.find((each) => each.type === type);
  if (form) return encodeWholeNumbers(form, values);
  if (!(values instanceof Float64Array)) return null;
  return type === 'Float64' ? encodeFloats(values) : encodeNullableFloats(values);
}

function encodeColumn(table: Table, name: string, columns: Columns, rows: number): EncodedColumn {
  const { properties } = table.row as unknown as { properties: Record<string, ColumnAnnotation> };
  const type = properties[name]?.clickhouse;
  if (type === undefined) throw new AppError('store_error', `the table ${table.name} has no column ${name}`);
  const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (values === undefined) throw new AppError('store_error', `no values for the column ${table.name}.${name}`);
  if (typeof values === 'object') {
    const length = isDictionary(values) ? values.indexes.length : values.length;
    if (length !== rows)
      throw new AppError('store_error', `${length} values for ${rows} rows of ${table.name}.${name}`);
  }
  const encoded = isTextType(type)
    ? encodeText(values, rows)
    : isNumberType(type)
      ? encodeNumbers(type, values, rows)
      : noWayToWrite(type);
  if (!encoded) throw new AppError('store_error', `a value does not fit the column ${table.name}.${name}`);
  return encoded;
}

const isTextType = (type: string): boolean => type === 'String' || type === 'LowCardinality(String)';
const isNumberType = (type: string): boolean =>
  type === 'Float64' || type === 'Nullable(Float64)' || WHOLE_NUMBERS.some((each) => each.type === type);
const noWayToWrite = (type: string): never => {
  throw new AppError('internal', `no way to write a column of type ${type} by columns`);
};

/**
 * Rows as one block of ClickHouse's Native format (https://clickhouse.com/docs/interfaces/formats/Native), column by column.
 * Throws AppError `store_error` where the columns are not exactly the table's, not `rows` long, or hold a value that does not
 * fit. What comes back gives the chunks, anew each time it is called: they are made while they are taken, and are views of
 * the given arrays where these hold the very bytes, so that the arrays must stay as they are until the last chunk is gone.
 */
export function encodeColumns(table: Table, columns: Columns, rows: number): () => Chunks {
  const extra = Object.keys(columns).find((name) => !table.columns.includes(name));
  if (extra !== undefined) throw new AppError('store_error', `the table ${table.name} has no column ${extra}`);
  const encoded = table.columns.map((name) => ({ name, ...encodeColumn(table, name, columns, rows) }));
  return function* () {
    yield varint(encoded.length);
    yield varint(rows);
    for (const { name, type, chunks } of encoded) {
      yield* textChunks([name, type]);
      yield* chunks();
    }
  };
}
