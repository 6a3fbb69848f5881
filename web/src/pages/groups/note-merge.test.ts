import { expect, it } from 'vitest';
import { changesOf, conflictsOf, type Said } from './note-merge.ts';

const base: Said = { acknowledged: false, owner: 'team-a', note: '' };

it.each([
  ['nothing changed', {}, {}],
  ['one field', { owner: 'me' }, { owner: 'me' }],
  ['an emptied field', { owner: '' }, { owner: '' }],
  ['taken back to false', { acknowledged: true, note: 'x' }, { acknowledged: true, note: 'x' }],
])('sends what changed: %s', (_, mine, change) => {
  expect(changesOf(base, { ...base, ...mine })).toEqual(change);
});

it.each([
  ['nobody else', { owner: 'me' }, {}, []],
  ['another field', { owner: 'me' }, { note: 'theirs', acknowledged: true }, []],
  ['the same field', { owner: 'me' }, { owner: 'them' }, ['owner']],
  ['the same field in the same way', { owner: 'us' }, { owner: 'us' }, []],
  ['a field that I emptied', { owner: '' }, { owner: 'them' }, ['owner']],
  ['two of three', { owner: 'me', note: 'mine' }, { owner: 'them', note: 'theirs' }, ['owner', 'note']],
])('finds where two people meet: %s', (_, change, theirs, fields) => {
  expect(conflictsOf(base, change, { ...base, ...theirs })).toEqual(fields);
});
