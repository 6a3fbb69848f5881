import { expect, it } from 'vitest';
import { createMatcher } from './name-pattern.ts';

it.each([
  ['web', 'web', true],
  ['web', 'web-1', false],
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'any\nthing', true],
  ['web*', 'web', true],
  ['web*', 'we', false],
  ['*web', 'my-web', true],
  ['*web', 'my-web-1', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['ab*ba', 'aba', false],
  ['a**b', 'ab', true],
  ['*-prod-*', 'shop-prod-1', true],
  ['*-prod-*', 'shop-prod', false],
  ['a*b*c', 'axbxbxc', true],
  ['a*b*c', 'acb', false],
  ['*bc', 'abcbc', true],
  ['a.c', 'abc', false],
])('%j tells of %j: %s', (pattern, name, told) => expect(createMatcher(pattern)(name)).toBe(told));

it('agrees with a regular expression', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', 'aab', 'aba', 'baa', 'abab', 'aabb', 'bbaab'];
  const parts = ['', 'a', 'b', 'ab', 'ba'];
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        const [pattern, wanted] = [`${first}*${second}*${third}`, new RegExp(`^${first}.*${second}.*${third}$`)];
        for (const text of texts) expect(createMatcher(pattern)(text), `${pattern} ${text}`).toBe(wanted.test(text));
      }
    }
  }
});

it('does not go back', () => {
  const matches = createMatcher(`${'*a'.repeat(100)}*b`);
  const name = 'a'.repeat(253);
  const begin = performance.now();
  for (let time = 0; time < 1000; time++) expect(matches(name)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(2000);
});
