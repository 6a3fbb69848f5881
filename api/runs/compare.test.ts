import { expect, it } from 'vitest';
import { matchRows, pairOf } from './compare.ts';

it.each([
  [2, 3, { difference: 1, ratio: 1.5 }],
  [0, 3, { difference: 3, ratio: null }],
  [3, 0, { difference: -3, ratio: 0 }],
  [null, 3, { difference: null, ratio: null }],
  [3, null, { difference: null, ratio: null }],
])('%s and %s', (a, b, wanted) => {
  expect(pairOf(a, b)).toEqual({ a, b, ...wanted });
});

const row = (text: string) => {
  const [cluster = '', workload = ''] = text.split(' ');
  return { cluster, namespace: 'a', workload_kind: 'Deployment', workload };
};
const told = (a: string[], b: string[]) =>
  matchRows(a.map(row), b.map(row)).map((match) =>
    [match.a, match.b].map((one) => (one ? `${one.cluster} ${one.workload}` : '-')).join(' = '),
  );

it.each([
  [
    'the same cluster',
    ['east web', 'east db'],
    ['east db', 'east api'],
    ['east web = -', 'east db = east db', '- = east api'],
  ],
  ['another cluster', ['east web'], ['west web'], ['east web = west web']],
  [
    'a cluster that both have',
    ['east web', 'west db'],
    ['west web', 'west db'],
    ['east web = -', 'west db = west db', '- = west web'],
  ],
  [
    'two of a name on one side',
    ['east web', 'north web'],
    ['west web'],
    ['east web = -', 'north web = -', '- = west web'],
  ],
  [
    'two of a name on the other side',
    ['east web'],
    ['west web', 'north web'],
    ['east web = -', '- = west web', '- = north web'],
  ],
  [
    'one that moved beside one that stayed',
    ['east web', 'old db'],
    ['east web', 'new db'],
    ['east web = east web', 'old db = new db'],
  ],
  ['nothing', [], [], []],
])('matches %s', (_what, a, b, wanted) => {
  expect(told(a, b)).toEqual(wanted);
});
