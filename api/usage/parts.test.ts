import { expect, it } from 'vitest';
import { coarsestOf, instantsIn, planRange } from './parts.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const at = (time: string) => Date.parse(`2026-11-${time}Z`);

it.each([
  ['22T06:00:00', '22T12:00:00', 'short', ['30s 22T06 22T12']],
  ['20T00:00:00', '22T00:00:00', 'days', ['1d 20T00 22T00']],
  ['21T20:00:00', '22T11:00:00', 'hours', ['1h 21T20 22T11']],
  ['19T23:00:00', '22T01:00:00', 'edges', ['1h 19T23 20T00', '1d 20T00 22T00', '1h 22T00 22T01']],
  ['21T00:30:00', '21T09:15:00', 'edges', ['30s 21T00 21T01', '1h 21T01 21T09', '30s 21T09 21T09']],
] as const)('%s to %s', (from, to, why, parts) => {
  const plan = planRange({ from: at(from), to: at(to) }, NOON);
  const hour = (ms: number) => new Date(ms).toISOString().slice(8, 13);
  expect(plan).toMatchObject({ why, exact: true });
  expect(plan.parts.map((part) => `${part.step} ${hour(part.from)} ${hour(part.to)}`)).toEqual(parts);
  plan.parts.slice(1).forEach((part, index) => expect(part.from).toBe(plan.parts[index]!.to));
});

it('ends with the hour that goes on, and leaves a day alone that may not be summed up yet', () => {
  const now = at('22T00:20:30');
  const plan = planRange({ from: at('20T00:00:00'), to: now }, now);
  expect(plan.parts.map(({ step, to }) => [step, to])).toEqual([
    ['1d', at('21T00:00:00')],
    ['1h', at('22T01:00:00')],
  ]);
  expect(coarsestOf(plan.parts)).toBe('1d');
});

it('reads instants of what cuts across groups for two days, then hours', () => {
  const two = planRange({ from: at('20T00:00:00'), to: at('22T00:00:00') }, NOON, true);
  expect(two).toMatchObject({ why: 'filter', exact: true, parts: [{ step: '30s' }] });
  const more = planRange({ from: at('19T00:00:00'), to: at('22T00:00:00') }, NOON, true);
  expect(more).toMatchObject({ why: 'filter', exact: false, parts: [{ step: '1h' }] });
});

it('counts the instants of the grid', () => {
  expect(instantsIn({ from: 0, to: 60_000 })).toBe(2);
  expect(instantsIn({ from: 1, to: 60_001 })).toBe(2);
  expect(instantsIn({ from: 5, to: 5 })).toBe(0);
});
