import { expect, test } from 'vitest';
import { readWord, valuesOf, withoutValue, withWord, writeWord } from './filter-words.ts';

test('a word is read as it is written', () => {
  for (const word of ['Error', '!Error', '(none)', '!(none)', 'a b']) {
    expect(writeWord(readWord('reason', word))).toBe(word);
  }
  expect(readWord('signal', '!(none)')).toEqual({ field: 'signal', value: '', excluded: true });
});

test('a value stands once among the words, included or excluded', () => {
  expect(withWord(['Error', 'OOMKilled'], { value: 'Error', excluded: true })).toEqual(['OOMKilled', '!Error']);
  expect(withWord(['!Error'], { value: 'Error', excluded: false })).toEqual(['Error']);
  expect(withWord([], { value: '', excluded: false })).toEqual(['(none)']);
  expect(withoutValue(['!Error', 'Err', '(none)'], 'Error')).toEqual(['Err', '(none)']);
  expect(withoutValue(['(none)', 'a'], '')).toEqual(['a']);
});

test("a row's values are those that its filter takes", () => {
  const row = { exit_code: null, reason: 'Error', services: [] as string[], signal: '' };
  expect(valuesOf('exit_code', row)).toEqual(['none']);
  expect(valuesOf('exit_code', { ...row, exit_code: 0 })).toEqual(['0']);
  expect(valuesOf('service', row)).toEqual(['']);
  expect(valuesOf('service', { ...row, services: ['a', 'b'] })).toEqual(['a', 'b']);
  expect(valuesOf('signal', row)).toEqual(['']);
});
