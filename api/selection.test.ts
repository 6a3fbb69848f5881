import { expect, it } from 'vitest';
import { isSelected, readSelection, splitList } from './selection.ts';

it.each([
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  [',a,,b,', ['a', 'b']],
  [',', []],
  [String.raw`a\,b,c`, [String.raw`a\,b`, 'c']],
  [String.raw`a\\,b`, [String.raw`a\\`, 'b']],
  [String.raw`a\\\,b`, [String.raw`a\\\,b`]],
  ['a\\', ['a\\']],
  ['a\n,b', ['a\n', 'b']],
])('splits %j at its commas', (text, values) => expect(splitList(text)).toEqual(values));

it.each([
  [['a', 'b'], { only: ['a', 'b'], not: [] }],
  [['!a'], { not: ['a'] }],
  [['a', '!b', '!c'], { only: ['a'], not: ['b', 'c'] }],
  [['(none)', '!(none)'], { only: [''], not: [''] }],
  [[String.raw`\(none)`], { only: ['(none)'], not: [] }],
  [[String.raw`\!a`, String.raw`!\!a`], { only: ['!a'], not: ['!a'] }],
  [[String.raw`of 5\, 3`, String.raw`C:\\x`, 'end\\'], { only: ['of 5, 3', String.raw`C:\x`, 'end\\'], not: [] }],
  [['!'], { not: [''] }],
])('reads %j', (values, selection) => expect(readSelection(values)).toEqual(selection));

it.each([
  [['a'], ['a'], true],
  [['a'], ['b'], false],
  [['a'], ['b', 'a'], true],
  [['!a'], ['b'], true],
  [['!a'], ['b', 'a'], false],
  [['a', '!b'], ['a', 'b'], false],
  [['a', 'b', '!a'], ['b'], true],
  [['(none)'], [''], true],
  [['!(none)'], [''], false],
])('%j selects %j: %s', (given, values, selected) => expect(isSelected(readSelection(given), values)).toBe(selected));
