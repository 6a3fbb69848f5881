import { expect, it } from 'vitest';
import { FoldMemory } from './fold-memory.ts';

it('marks what changed, once', () => {
  const memory = new FoldMemory(new Map([['a', { n: 1 }]]));
  memory.set('c', [1]);
  memory.delete('a');
  memory.delete('never');
  expect(memory.takeChanges()).toEqual([
    { key: 'c', state: '[1]', deleted: 0 },
    { key: 'a', state: '', deleted: 1 },
  ]);
  expect(memory.takeChanges()).toEqual([]);
});

it('marks what was stored where it is to be written again', () => {
  const memory = new FoldMemory(new Map([['b', 1]]), true);
  expect(memory.get('b')).toBe(1);
  expect(memory.takeChanges()).toEqual([{ key: 'b', state: '1', deleted: 0 }]);
});

it('undoes the entry at hand alone', () => {
  const memory = new FoldMemory(
    new Map([
      ['old', 1],
      ['gone', 2],
    ]),
  );
  memory.set('kept', 3);
  memory.keep();
  memory.set('old', 10);
  memory.set('old', 11);
  memory.delete('gone');
  memory.set('kept', 30);
  memory.set('new', 4);
  memory.undo();
  expect(Object.fromEntries(memory.entries(''))).toEqual({ old: 1, gone: 2, kept: 3 });
  expect(memory.takeChanges()).toEqual([{ key: 'kept', state: '3', deleted: 0 }]);
});

it('lists by prefix', () => {
  const memory = new FoldMemory();
  for (const key of ['pod/a', 'pod/b', 'node/a']) memory.set(key, key);
  expect([...memory.entries<string>('pod/')].map(([key]) => key)).toEqual(['pod/a', 'pod/b']);
});
