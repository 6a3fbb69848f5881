import Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { maybeFloat64, maybeTime, table, text, time, uint32, uint8, word } from '../../schemas/column.ts';
import { encodeColumns, type Columns } from './native-block.ts';

const readings = table(
  'readings',
  Type.Object({ pod: text('pod'), cluster: word('cluster'), at: time('at'), n: uint32('n'), value: maybeFloat64('v') }),
);
const two: Columns = {
  pod: ['a', 'b'],
  cluster: 'c',
  at: Float64Array.of(0, 30_000),
  n: Uint32Array.of(1, 2),
  value: Float64Array.of(1, Number.NaN),
};

describe('a block', () => {
  test('has the bytes that the format asks for', () => {
    const small = table('small', Type.Object({ n: uint8('n'), value: maybeFloat64('v'), word: word('w') }));
    const block = encodeColumns(
      small,
      {
        n: Uint8Array.of(7, 8),
        value: Float64Array.of(Number.NaN, 1),
        word: { dictionary: ['', 'x'], indexes: Uint8Array.of(1, 0) },
      },
      2,
    );
    const name = (of: string) => [of.length, ...Buffer.from(of)];
    const uint64 = (value: number) => [value & 255, value >> 8, 0, 0, 0, 0, 0, 0];
    const expected = [3, 2, ...name('n'), ...name('UInt8'), 7, 8];
    expected.push(...name('value'), ...name('Nullable(Float64)'), 1, 0, ...uint64(0), 0, 0, 0, 0, 0, 0, 0xf0, 0x3f);
    expected.push(...name('word'), ...name('LowCardinality(String)'), ...uint64(1), ...uint64(0x600), ...uint64(2));
    expected.push(0, 1, 120, ...uint64(2), 1, 0);
    for (const _ of ['once', 'again']) expect(Buffer.concat([...block()])).toEqual(Buffer.from(expected));
  });

  test('takes arrays as they are where their bytes are those of the format', () => {
    const values = new Float64Array(100_000).fill(0.5);
    const known = table('known', Type.Object({ value: maybeFloat64('v') }));
    const chunks = [...encodeColumns(known, { value: values }, values.length)()];
    expect(chunks.some((chunk) => chunk.buffer === values.buffer)).toBe(true);
    expect(values[0]).toBe(0.5);
  });

  test('leaves the arrays as they were', () => {
    const value = Float64Array.of(Number.NaN, 2);
    Array.from(encodeColumns(readings, { ...two, value }, 2)());
    expect(value).toEqual(Float64Array.of(Number.NaN, 2));
  });
});

describe('refused', () => {
  const cases: Readonly<Record<string, Columns>> = {
    'a column too many': { ...two, extra: 'x' },
    'a column too few': { pod: two['pod']!, cluster: 'c', at: two['at']!, n: two['n']! },
    'another length': { ...two, n: Uint32Array.of(1) },
    'a dictionary of another length': { ...two, pod: { dictionary: ['a'], indexes: Uint8Array.of(0) } },
    'an index without a text': { ...two, pod: { dictionary: ['a'], indexes: Uint8Array.of(0, 1) } },
    'an infinite value': { ...two, value: Float64Array.of(1, Number.POSITIVE_INFINITY) },
    'a time that is none': { ...two, at: Float64Array.of(0, Number.NaN) },
    'a time with a fraction': { ...two, at: Float64Array.of(0, 0.5) },
    'a time that the store cannot hold': { ...two, at: BigInt64Array.of(0n, 2n ** 60n) },
    'a number that does not fit': { ...two, n: Float64Array.of(0, 2 ** 32) },
    'a negative number': { ...two, n: Int32Array.of(0, -1) },
    'a number for a text': { ...two, pod: 1 },
    'numbers for texts': { ...two, pod: Uint8Array.of(1, 2) },
    'a text for a number': { ...two, n: 'one' },
    'texts for numbers': { ...two, n: ['1', '2'] },
    'whole numbers for a float': { ...two, value: Uint32Array.of(1, 2) },
  };
  test.each(Object.entries(cases))('%s', (_, columns) => {
    expect(() => encodeColumns(readings, columns, 2)).toThrow(expect.objectContaining({ code: 'store_error' }));
  });

  test('a type that no column-wise insert needs', () => {
    const ends = table('ends', Type.Object({ ended_at: maybeTime('end') }));
    expect(() => encodeColumns(ends, { ended_at: new Float64Array(1) }, 1)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});
