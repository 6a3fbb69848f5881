import { expect, test } from 'vitest';
import { foldMatrix, type Folded } from './matrix.ts';

const answer = (result: unknown): Buffer =>
  Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));

function foldAll(body: Buffer) {
  const folds = new Map<string, Folded>();
  const points = foldMatrix(body, (labels) => {
    const key = `${labels['namespace']}/${labels['pod']}`;
    const fold = folds.get(key) ?? { max: Number.NEGATIVE_INFINITY, sum: 0, count: 0 };
    folds.set(key, fold);
    return fold;
  });
  return { points, folds: Object.fromEntries(folds) };
}

test('folds each series, whatever form its numbers have, and leaves out what is none', () => {
  const values = ['0.25', '12', '1e-7', '0.1234567890123457', '-3.5', '+Inf', 'NaN', '123456789012345'];
  const body = answer([
    { metric: { namespace: 'a', pod: 'one' }, values: values.slice(0, 5).map((value, at) => [at * 30.125, value]) },
    { metric: { namespace: 'a', pod: 'two' }, values: values.slice(5).map((value, at) => [at, value]) },
    { metric: { namespace: 'a', pod: 'one' }, values: [[60, '13.000000000001']] },
  ]);
  expect(foldAll(body)).toEqual({
    points: 9,
    folds: {
      'a/one': { max: 13.000000000001, sum: 0.25 + 12 + 1e-7 + 0.1234567890123457 - 3.5 + 13.000000000001, count: 6 },
      'a/two': { max: 123456789012345, sum: 123456789012345, count: 1 },
    },
  });
});

test('an answer without series has none', () => {
  expect(foldAll(answer([]))).toEqual({ points: 0, folds: {} });
});
