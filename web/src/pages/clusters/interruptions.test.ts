import { expect, it } from 'vitest';
import { interruptionsOf, type CoverageSpan } from './interruptions.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const RANGE = { from: NOON - 3600_000, to: NOON + 3600_000 };

const span = (own: Partial<CoverageSpan>): CoverageSpan => ({
  cluster: 'east',
  kind: 'pod',
  namespace: '',
  state: 'gap',
  from: at(0),
  to: at(60),
  reason: 'start',
  vanished: 1,
  proven_until: null,
  ...own,
});
const found = (spans: CoverageSpan[]) =>
  interruptionsOf(spans, RANGE).map(({ state, kinds, vanished }) => [state, kinds.join(), vanished]);

it('makes one of what befell several kinds at once', () => {
  const spans = ['pod', 'event', 'node'].map((kind, i) =>
    span({ kind, from: at(i * 3), to: at(60 + i * 4), vanished: i }),
  );
  expect(interruptionsOf(spans, RANGE)).toEqual([
    {
      state: 'gap',
      reason: 'start',
      from: NOON,
      to: NOON + 68_000,
      kinds: ['event', 'node', 'pod'],
      namespaces: [''],
      vanished: 3,
    },
  ]);
});

it.each([
  ['another time', { from: at(100), to: at(160) }],
  ['another length', { to: at(600) }],
  ['another reason', { reason: 'HTTP 410 Expired' }],
  ['another state', { state: 'late' as const }],
  ['one that lasts', { to: null }],
])('keeps apart what has %s', (_, other) => {
  expect(interruptionsOf([span({}), span({ kind: 'event', ...other })], RANGE)).toHaveLength(2);
});

it('leaves out what was watched, has no length, or lies outside of the range', () => {
  const watching = span({ state: 'watching' });
  const none = span({ state: 'closed', from: at(5), to: at(5) });
  const before = span({ from: at(-9000), to: at(-3600) });
  const after = span({ from: at(3600), to: at(3700) });
  expect(found([watching, none, before, after])).toEqual([]);
});

it('keeps what lasts since before the range, and says nothing of a number that the reader may not know', () => {
  const lasting = span({ state: 'unreadable', from: at(-90_000), to: null, vanished: 0 });
  const hidden = span({ kind: 'event', vanished: null });
  expect(found([lasting, hidden, span({})])).toEqual([
    ['gap', 'event,pod', null],
    ['unreadable', 'pod', 0],
  ]);
});

it('shows the newest first', () => {
  const spans = [0, 200, 100].map((seconds) => span({ from: at(seconds), to: at(seconds + 10), vanished: seconds }));
  expect(found(spans).map(([, , vanished]) => vanished)).toEqual([200, 100, 0]);
});
