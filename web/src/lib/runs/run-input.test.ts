import { expect, test } from 'vitest';
import { isName, namesOfFilter, readNames, readTimes } from './run-input.ts';

const context = { now: Date.parse('2026-11-22T12:00:00Z'), zone: 'Asia/Shanghai' };

test('names are parted by commas and blanks, each once', () => {
  expect(readNames(' shop-*,  data\nshop-* ,')).toEqual(['shop-*', 'data']);
  expect(readNames('')).toEqual([]);
  expect(namesOfFilter(['a', '!b', 'c*'])).toBe('a, c*');
});

test.each([
  ['load-1', true],
  ['', false],
  ['a*', false],
  ['compare', false],
])('%j can be a name: %j', (name, can) => expect(isName(name)).toBe(can));

test.each([
  [
    { from: '2026-11-22 18:00', to: '2026-11-22 19:30' },
    { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:30:00.000Z' },
  ],
  [
    { from: 'now-1h', to: ' ' },
    { from: '2026-11-22T11:00:00.000Z', to: null },
  ],
  [
    { from: '2026-11-20', to: '2026-11-20' },
    { from: '2026-11-19T16:00:00.000Z', to: '2026-11-20T16:00:00.000Z' },
  ],
  [{ from: 'yesterday', to: '' }, { problem: 'from' }],
  [{ from: '2026-11-22 18:00', to: 'later' }, { problem: 'to' }],
  [{ from: '2026-11-22 18:00', to: '2026-11-22 18:00' }, { problem: 'length' }],
  [{ from: '2026-06-01', to: '2026-11-01' }, { problem: 'length' }],
  [{ from: '2026-11-22 20:01', to: '' }, { problem: 'future' }],
])('%j is read as %j', (typed, read) => expect(readTimes(typed, context)).toEqual(read));
