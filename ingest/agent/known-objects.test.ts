import { expect, test } from 'vitest';
import { noteOf } from './known-objects.ts';

test.each<[string, unknown, string]>([
  ['no status', undefined, ''],
  ['a null status', null, ''],
  ['a status that is text', 'Running', ''],
  ['statuses that are no list', { containerStatuses: { name: 'a', restartCount: 1 } }, ''],
  ['null among the statuses', { containerStatuses: [null, { name: 'a', restartCount: 2 }] }, '{"a":2}'],
])('the restart counts of a pod with %s', (_, status, note) => {
  expect(noteOf({ name: 'pod' }, { status })).toBe(note);
});
