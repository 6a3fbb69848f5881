import { expect, test } from 'vitest';
import { createServiceIndex, selects } from './services.ts';

test.each([
  [{ app: 'shop' }, { app: 'shop', tier: 'web' }, true],
  [{ app: 'shop', tier: 'db' }, { app: 'shop', tier: 'web' }, false],
  [{ app: 'shop' }, {}, false],
  [{}, { app: 'shop' }, false],
])('%j selects %j: %s', (selector, labels, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});

test('a service is put again, moved and dropped', () => {
  const index = createServiceIndex();
  index.put('1', { namespace: 'web', name: 'b', selector: { app: 'shop' } });
  index.put('2', { namespace: 'web', name: 'a', selector: { app: 'shop' } });
  index.put('3', { namespace: 'other', name: 'c', selector: { app: 'shop' } });
  expect(index.matching('web', { app: 'shop' })).toEqual(['a', 'b']);
  index.put('1', { namespace: 'web', name: 'b', selector: { app: 'cart' } });
  index.drop('9');
  expect(index.matching('web', { app: 'shop' })).toEqual(['a']);
  index.drop('2');
  expect(index.matching('web', { app: 'shop' })).toEqual([]);
  expect(index.matching('web', undefined)).toEqual([]);
});
