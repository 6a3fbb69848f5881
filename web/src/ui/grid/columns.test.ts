import { expect, test } from 'vitest';
import { ariaSort, fitColumns, rowAfterKey } from './columns.ts';

test('a column says how it sorts, and whether it could', () => {
  const column = { id: 'cpu', title: 'CPU', leastPx: 100, compactPx: 80, share: 1 };
  expect(ariaSort(column, { by: 'cpu_avg', order: 'asc' })).toBeUndefined();
  expect(ariaSort({ ...column, sort: 'cpu_avg' }, { by: 'cpu_avg', order: 'asc' })).toBe('ascending');
  expect(ariaSort({ ...column, sort: 'cpu_avg' }, { by: 'cpu_avg', order: 'desc' })).toBe('descending');
  expect(ariaSort({ ...column, sort: 'cpu_avg' }, { by: 'name', order: 'desc' })).toBe('none');
});

test.each([
  ['ArrowDown', -1, 0],
  ['j', 4, 5],
  ['ArrowDown', 99, 99],
  ['k', 0, 0],
  ['PageDown', 95, 99],
  ['PageUp', 95, 85],
  ['Home', 50, 0],
  ['End', 50, 99],
  ['x', 5, null],
] as const)('%s leads from row %d to %s', (key, from, to) =>
  expect(rowAfterKey(key, from, { count: 100, page: 10 })).toBe(to),
);

test('no key leads into an empty table', () => expect(rowAfterKey('End', -1, { count: 0, page: 10 })).toBeNull());

test.each([
  [400, 'roomy', 'minmax(150px, 1fr) minmax(150px, 2fr) 60px 40px'],
  [399, 'compact', 'minmax(100px, 1fr) minmax(100px, 2fr) 60px 40px'],
  [299, 'compact', 'minmax(100px, 1fr) minmax(100px, 2fr) 60px'],
  [200, 'compact', 'minmax(100px, 1fr) minmax(100px, 2fr)'],
  [199, 'cards', ''],
] as const)('in %d pixels a table is %s', (widthPx, look, tracks) => {
  const wide = { title: '', leastPx: 150, compactPx: 100, keep: true };
  const columns = [
    { ...wide, id: 'name', share: 1 },
    { ...wide, id: 'cpu', share: 2 },
    { id: 'oom', title: '', leastPx: 60, compactPx: 60, share: 0 },
    { id: 'pods', title: '', leastPx: 40, compactPx: 40, share: 0 },
  ];
  expect(fitColumns(columns, widthPx)).toMatchObject({ look, tracks });
});
