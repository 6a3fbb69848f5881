import { expect, test } from 'vitest';
import { rowAfterKey } from './table-keys.ts';

test('keys walk the rows and stay among them', () => {
  const table = { count: 100, page: 10 };
  const cases: [key: string, from: number, to: number | null][] = [
    ['ArrowDown', -1, 0],
    ['j', 4, 5],
    ['ArrowDown', 99, 99],
    ['ArrowUp', 0, 0],
    ['k', 5, 4],
    ['ArrowUp', -1, 0],
    ['PageDown', 95, 99],
    ['PageUp', 95, 85],
    ['Home', 50, 0],
    ['End', 50, 99],
    ['x', 5, null],
  ];
  for (const [key, from, to] of cases) expect(rowAfterKey(key, from, table), `${key} from ${from}`).toBe(to);
  expect(rowAfterKey('End', -1, { count: 0, page: 10 })).toBeNull();
});
