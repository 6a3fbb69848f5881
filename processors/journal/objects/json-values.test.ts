import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyJson, sameJson } from './json-values.ts';

const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)));

/** Another value of the same JSON, its members turned round. */
function turnedRound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedRound);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).map(([key, each]): [string, unknown] => [key, turnedRound(each)]);
  return Object.fromEntries(pairs.toReversed());
}

it('a copy is the same and shares nothing that can change', () => {
  fc.assert(
    fc.property(json, (value) => {
      const copy = copyJson(value);
      expect(copy).toEqual(structuredClone(value));
      expect(Object.is(copy, value)).toBe(typeof value !== 'object' || value === null);
    }),
  );
  const deep = { a: [{ b: { c: 1 } }] };
  const copy = copyJson(deep);
  copy.a[0]!.b.c = 2;
  expect(deep).toEqual({ a: [{ b: { c: 1 } }] });
});

it('a member named like the prototype stays a member', () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"a":1}') as object;
  const copy = copyJson(value);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect(sameJson(copy, value)).toBe(true);
  expect(sameJson({ a: 1 }, value)).toBe(false);
});

it('values are the same whatever the order of their members', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(sameJson(value, turnedRound(value))).toBe(true);
    }),
  );
});

it('different values are told apart', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameJson(a, b)).toBe(isDeepStrictEqual(a, b));
    }),
  );
  for (const [a, b] of [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [{}, null],
    [{ a: 1 }, undefined],
    ['1', 1],
  ]) {
    expect([sameJson(a, b), sameJson(b, a)]).toEqual([false, false]);
  }
});

it('an undefined member is none', () => {
  expect(sameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameJson({ a: 1 }, { c: undefined, a: 1 })).toBe(true);
});
