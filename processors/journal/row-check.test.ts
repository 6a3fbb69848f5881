import { describe, expect, it } from 'vitest';
import type { ColumnAnnotation, Table } from '../../schemas/column.ts';
import { TABLES } from '../../schemas/tables.ts';
import { isAppError } from '../../platform/errors.ts';
import { encodeRows } from '../../platform/store/row-binary.ts';
import { misfit } from './row-check.ts';

const TWO_32 = 2 ** 32;
const NOTHING = [undefined, null, {}, [], true, 'x', '', 0, 1.5, Number.NaN, Infinity];
const NUMBERS = [-0, -1, 1, 255, 256, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, TWO_32 - 1, TWO_32];
const LARGE = [Number.MAX_SAFE_INTEGER, 2 ** 53, 2 ** 64 - 1, 2 ** 64, 1e300, -1e300];
const TIMES = [
  '2026-11-22T14:58:00.123Z',
  '1900-01-01T00:00:00.000Z',
  '1899-12-31T23:59:59.999Z',
  '2299-12-31T23:59:59.999Z',
  '2299-12-31T23:59:60.000Z',
  '2300-01-01T00:00:00.000Z',
  '2016-12-31T23:59:60.999Z',
  '2016-12-31T23:59:61.000Z',
  '2016-12-31T23:60:00.000Z',
  '2016-12-31T24:00:00.000Z',
  '2000-02-29T00:00:00.000Z',
  '2100-02-29T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '2026-99-99T00:00:00.000Z',
  '0001-13-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '+010000-01-01T00:00:00.000Z',
  '2026-11-22T14:58:00Z',
  '2026-11-22T14:58:00.123Z\n',
];
const TEXTS = ['\0', '\ud800', '語'.repeat(10_000), ...TIMES];
const PLAIN = [...NOTHING, ...NUMBERS, ...LARGE, ...TEXTS];
const EXTREMES = [...PLAIN, ...PLAIN.map((each) => [each]), ...PLAIN.map((each) => ({ a: each }))];

type Properties = Record<string, ColumnAnnotation & { enum?: unknown[] }>;
const propertiesOf = (table: Table) => (table.row as unknown as { properties: Properties }).properties;

/** A value that fits the column, to stand beside the one at hand. */
function plainOf({ clickhouse, enum: values }: Properties[string]): unknown {
  if (values) return values[0];
  if (clickhouse.startsWith('Nullable')) return null;
  if (clickhouse.startsWith('Array')) return [];
  if (clickhouse.startsWith('Map')) return {};
  if (clickhouse.startsWith('DateTime64')) return TIMES[0];
  return clickhouse.endsWith('String)') || clickhouse === 'String' ? '' : 0;
}

function encodes(table: Table, row: object): boolean {
  try {
    encodeRows(table, [row]);
    return true;
  } catch (error) {
    if (isAppError(error, 'store_error')) return false;
    throw error;
  }
}

describe.each(TABLES.map((table) => [table.name, table] as const))('what fits %s can be written', (_name, table) => {
  const properties = propertiesOf(table);
  const plain = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, plainOf(property)]));
  // The runtime adds the version itself.
  const columns = table.columns.filter((name) => name !== 'version');

  it.each(columns)('%s, and what cannot be written does not fit', (name) => {
    const values = properties[name]?.enum;
    const told = (values ? [...values, ...EXTREMES.filter((each) => typeof each !== 'string')] : EXTREMES).map(
      (value) => {
        const row = { ...plain, [name]: value };
        return { value, fits: misfit(table, row) === null, written: encodes(table, row) };
      },
    );
    expect(told.filter(({ fits, written }) => fits !== written)).toEqual([]);
    expect(new Set(told.map(({ fits }) => fits))).toEqual(new Set([true, false]));
  });
});
