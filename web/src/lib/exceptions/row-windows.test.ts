import { expect, test } from 'vitest';
import {
  indexOfId,
  keepWindow,
  MOST_ROWS,
  MOST_WINDOWS,
  replaceRow,
  rowAt,
  WINDOW_ROWS,
  windowsOf,
  type Windows,
} from './row-windows.ts';

interface Row {
  readonly id: string;
  readonly hint?: string;
}
const windowOf = (number: number): Row[] =>
  Array.from({ length: WINDOW_ROWS }, (_, index) => ({ id: String(number * WINDOW_ROWS + index) }));

test('the windows of a stretch of rows end where the rows end, and where the API counts no further', () => {
  expect(windowsOf(0, 30, 10_000)).toEqual([0]);
  expect(windowsOf(190, 210, 10_000)).toEqual([0, 1]);
  expect(windowsOf(-40, 5, 10_000)).toEqual([0]);
  expect(windowsOf(390, 410, 400)).toEqual([1]);
  expect(windowsOf(0, 30, 0)).toEqual([]);
  expect(windowsOf(MOST_ROWS - 1, MOST_ROWS + 500, 200_000)).toEqual([500]);
});

test('rows are found by place and by id in what was fetched', () => {
  const windows = new Map([3, 0].map((number) => [number, windowOf(number)]));
  expect(rowAt(windows, 605)?.id).toBe('605');
  expect(rowAt(windows, 250)).toBeUndefined();
  expect(indexOfId(windows, '799')).toBe(799);
  expect(indexOfId(windows, '250')).toBe(-1);
});

test('the windows furthest from the newest are left behind', () => {
  let windows: Windows<Row> = new Map();
  for (let number = 0; number < MOST_WINDOWS + 5; number++) windows = keepWindow(windows, number, windowOf(number));
  expect(windows.size).toBe(MOST_WINDOWS);
  expect(Math.min(...windows.keys())).toBe(5);
  windows = keepWindow(windows, 0, windowOf(0));
  expect(windows.has(0)).toBe(true);
  expect(windows.has(MOST_WINDOWS + 4)).toBe(false);
});

test('a changed row takes its old place, and no other changes', () => {
  const windows = new Map([[1, windowOf(1)]]);
  const changed = replaceRow(windows, { id: '203', hint: 'newer' });
  expect(changed && rowAt(changed, 203)).toEqual({ id: '203', hint: 'newer' });
  expect(changed && rowAt(changed, 204)).toEqual({ id: '204' });
  expect(rowAt(windows, 203)).toEqual({ id: '203' });
  expect(replaceRow(windows, { id: 'x' })).toBeNull();
});
