import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distinctWords, joinWords, splitWords } from './words.ts';

it.each([
  ['a,b', ['a', 'b']],
  [String.raw`a\,b,c\\`, ['a,b', 'c\\']],
  ['', []],
  [',,a,', ['a']],
])('%s', (text, words) => expect(splitWords(text)).toEqual(words));

it('a value that is there twice counts once', () => expect(distinctWords('b,a,b,!b')).toEqual(['b', 'a', '!b']));

it('what was joined is split into the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      expect(splitWords(joinWords(words))).toEqual(words);
    }),
  );
});
