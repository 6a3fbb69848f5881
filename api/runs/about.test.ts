import { expect, it } from 'vitest';
import { createMatcher } from '../name-pattern.ts';
import { patternsMeet, reaches, withinScope } from './about.ts';

const WORDS = ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb', 'aab', 'aba', 'abb', 'bab', 'aaa', 'abab'];
const PATTERNS = ['*', 'a', 'a*', '*a', '*b', 'a*b', '*a*', 'ab', '', '**', 'b*a'];

it('finds that two patterns meet where some name fulfils both, and only there', () => {
  for (const one of PATTERNS) {
    for (const other of PATTERNS) {
      const meet = WORDS.some((word) => createMatcher(one)(word) && createMatcher(other)(word));
      expect([one, other, patternsMeet(one, other)]).toEqual([one, other, meet]);
    }
  }
});

const scope = { role: 'operator', clusters: ['ea*'], namespaces: ['a', 'b-*'] } as const;
it.each([
  [['east'], ['a'], true],
  [['east'], ['a', 'b-1', 'b-*'], true],
  [['east'], ['b*'], false],
  [['east'], [], false],
  [['east', 'west'], ['a'], false],
  [[], ['a'], false],
])('a scope holds clusters %j and namespaces %j: %s', (clusters, namespaces, wanted) => {
  expect(reaches(scope, { clusters, namespaces })).toBe(wanted);
});

it.each([
  [['east', 'west'], ['a', 'c'], { clusters: ['east'], namespaces: ['a'] }],
  [[], ['b*'], { clusters: [], namespaces: ['b*'] }],
  [['west'], [], null],
  [['east'], ['c'], null],
])('of clusters %j and namespaces %j it shows %j', (clusters, namespaces, wanted) => {
  expect(withinScope(scope, { clusters, namespaces })).toEqual(wanted);
});
