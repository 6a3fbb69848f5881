import { expect, test } from 'vitest';
import { readLayout } from './stored-layout.ts';
import { COLUMNS, gridColumns } from './columns.ts';

const ids = COLUMNS.map(({ id }) => id);

test('without a choice the columns are as they come', () => {
  for (const text of [null, 'null', '{', '[]', '"x"', '{"order":5,"visibility":7,"sizing":null}']) {
    const layout = readLayout(text);
    expect(layout.order).toEqual(ids);
    expect(layout.visibility).toEqual(Object.fromEntries(COLUMNS.map(({ id, shown }) => [id, shown])));
    expect(layout.sizing).toEqual({});
  }
});

test('what was chosen holds, what is not known is left out, and a new column stands at the end', () => {
  const stored = {
    order: ['log', 'gone', 'time', 'log'],
    visibility: { node: true, gone: true, time: 'no' },
    sizing: { log: 200, time: 3 },
  };
  const layout = readLayout(JSON.stringify(stored));
  expect(layout.order.slice(0, 2)).toEqual(['log', 'time']);
  expect(layout.order.toSorted()).toEqual(ids.toSorted());
  expect(layout.visibility['node']).toBe(true);
  expect(layout.visibility['time']).toBe(true);
  expect('gone' in layout.visibility).toBe(false);
  expect(layout.sizing).toEqual({ log: 200 });
});

test('one column takes the room that is left', () => {
  const column = (id: string) => ({ id, sizePx: 100 });
  expect(gridColumns([column('time'), column('hint'), column('log')])).toBe('100px minmax(100px, 1fr) 100px');
  expect(gridColumns([column('time'), column('log')])).toBe('100px minmax(100px, 1fr)');
});
