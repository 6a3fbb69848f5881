import { describe, expect, it, test } from 'vitest';
import Type from 'typebox';
import { column, table, text, time, uint64 } from '../../schemas/column.ts';
import { TABLES } from '../../schemas/tables.ts';
import { encodeRows } from './row-binary.ts';

const hexOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString('hex');
const one = <T extends Parameters<typeof column>[0]>(schema: T, type: string) =>
  table('one', Type.Object({ c: column(schema, type, 'c') }));
const hex = (type: string, value: unknown) => hexOf(encodeRows(one(Type.Unknown(), type), [{ c: value }]));

describe('values', () => {
  // The bytes are those of ClickHouse's own `SELECT … FORMAT RowBinary`.
  it.each([
    ['String', '', '00'],
    ['String', 'aé', '0361c3a9'],
    ['LowCardinality(String)', '\0\n"', '03000a22'],
    ['String', '\ud800', '03efbfbd'],
    ['UInt8', 255, 'ff'],
    ['UInt32', 4294967295, 'ffffffff'],
    ['Nullable(Int32)', -2, '00feffffff'],
    ['Nullable(Int32)', null, '01'],
    ['UInt64', 2 ** 53 - 1, 'ffffffffffff1f00'],
    ['Float64', 1.5, '000000000000f83f'],
    ["DateTime64(3, 'UTC')", '2026-11-22T14:58:00.123Z', '3b99c303a2010000'],
    ["DateTime64(3, 'UTC')", '1969-12-31T23:59:59.999Z', 'ffffffffffffffff'],
    ["Nullable(DateTime64(3, 'UTC'))", null, '01'],
    ['Array(LowCardinality(String))', ['a', 'bc'], '020161026263'],
    ['Map(LowCardinality(String), UInt32)', { pod: 2 }, '0103706f6402000000'],
    ['Map(UInt16, UInt32)', { 7: 1, 65535: 2 }, '02070001000000ffff02000000'],
  ])('%s %j', (type, value, bytes) => {
    expect(hex(type, value)).toBe(bytes);
  });

  it.each([
    ['2016-12-31T23:59:60.000Z', '2017-01-01T00:00:00.000Z'],
    ['2026-02-28T23:59:60.250Z', '2026-03-01T00:00:00.250Z'],
  ])('the leap second %s is the next, %s', (odd, even) => {
    expect(hex("DateTime64(3, 'UTC')", odd)).toBe(hex("DateTime64(3, 'UTC')", even));
  });

  it.each([
    ['String', 1],
    ['String', undefined],
    ['UInt8', 256],
    ['UInt8', -1],
    ['UInt64', 0.5],
    ['UInt32', '1'],
    ['Nullable(Int32)', undefined],
    ["DateTime64(3, 'UTC')", 'yesterday'],
    ["DateTime64(3, 'UTC')", null],
    ["DateTime64(3, 'UTC')", '2026-02-30T00:00:00.000Z'],
    ["DateTime64(3, 'UTC')", '2026-01-01T24:00:00.000Z'],
    ["DateTime64(3, 'UTC')", '2026-99-99T00:00:00.000Z'],
    ["DateTime64(3, 'UTC')", '0001-13-01T00:00:00.000Z'],
    ["DateTime64(3, 'UTC')", '1899-12-31T23:59:59.999Z'],
    ["DateTime64(3, 'UTC')", '2299-12-31T23:59:60.000Z'],
    ["DateTime64(3, 'UTC')", '2300-01-01T00:00:00.000Z'],
    ['Float64', Number.NaN],
    ['Map(String, UInt32)', [1]],
    ['Map(UInt16, UInt32)', { '': 1 }],
    ['Map(UInt16, UInt32)', { 65536: 1 }],
    ['Array(String)', 'a'],
    ['Map(String, UInt32)', null],
  ])('%s does not take %j', (type, value) => {
    expect(() => hex(type, value)).toThrow(expect.objectContaining({ code: 'store_error', retryable: false }));
  });
});

describe('texts', () => {
  const lengthAndText = (value: string) => {
    const bytes = Buffer.concat(encodeRows(one(Type.String(), 'String'), [{ c: value }]));
    let [length, at, shift] = [0, 0, 1];
    do length += (bytes[at]! & 127) * shift;
    while ((shift *= 128) && bytes[at++]! >= 128);
    expect(bytes.length).toBe(at + length);
    return bytes.subarray(at).toString('utf8');
  };

  it.each([127, 128, 16_383, 16_384, 2 ** 21 - 1, 2 ** 21])('of %i characters, narrow and wide', (length) => {
    for (const char of ['x', 'é', '語']) {
      const value = char.repeat(length);
      expect(lengthAndText(value) === value).toBe(true);
    }
  });

  it('go on over as many chunks as it takes', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ c: `${i} ${'y'.repeat(i)}` }));
    const chunks = encodeRows(one(Type.String(), 'String'), rows);
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(1024 * 1024);
    const each = rows.map((row) => Buffer.concat(encodeRows(one(Type.String(), 'String'), [row])));
    expect(Buffer.concat(chunks).equals(Buffer.concat(each))).toBe(true);
  });
});

describe('rows', () => {
  const pair = table('pair', Type.Object({ at: time('when'), n: uint64('number'), name: text('name') }));
  const row = { name: 'n', n: 1, at: '1970-01-01T00:00:00.000Z' };

  it("stand in the table's order, whatever theirs", () => {
    expect(hexOf(encodeRows(pair, [row]))).toBe('00000000000000000100000000000000016e');
  });

  it('have every column and no other', () => {
    const { n: _n, ...short } = row;
    expect(() => encodeRows(pair, [short])).toThrow('pair.n');
    expect(() => encodeRows(pair, [{ ...row, extra: 1 }])).toThrow('no column extra');
  });
});

test.each(TABLES.map((each) => [each.name, each] as const))('%s can be written', (_name, each) => {
  expect(encodeRows(each, [])).toHaveLength(1);
});
