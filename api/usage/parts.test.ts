import { describe, expect, it } from 'vitest';
import { coarsestOf, instantsIn, planRange, resolutionOf, type RowsKept } from './parts.ts';
import { gridOf, planGrid } from './series.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (time: string) => Date.parse(`2026-11-${time}Z`);
const ALL: RowsKept = {
  nowMs: NOON,
  dueDays: new Set(),
  instantsSinceMs: Number.NEGATIVE_INFINITY,
  hoursSinceMs: Number.NEGATIVE_INFINITY,
  hoursWithoutInstants: new Set(),
  daysWithoutHours: new Set(),
};
/** Instants from the 20th on, hours from the 10th on. */
const KEPT: RowsKept = { ...ALL, instantsSinceMs: at('20T00:00:00'), hoursSinceMs: at('10T00:00:00') };

const minute = (ms: number) => new Date(ms).toISOString().slice(8, 16);
const told = ({ parts }: { parts: readonly { step: string; from: number; to: number }[] }) =>
  parts.map(({ step, from, to }) => `${step} ${minute(from)} ${minute(to)}`);
const rangeOf = (from: string, to: string) => ({ from: at(from), to: at(to) });

it.each([
  ['22T06:00:00', '22T12:00:00', 'short', ['30s 22T06:00 22T12:00']],
  ['20T00:00:00', '22T00:00:00', 'days', ['1d 20T00:00 22T00:00']],
  ['21T20:00:00', '22T11:00:00', 'hours', ['1h 21T20:00 22T11:00']],
  ['19T23:00:00', '22T01:00:00', 'edges', ['1h 19T23:00 20T00:00', '1d 20T00:00 22T00:00', '1h 22T00:00 22T01:00']],
  ['21T00:30:00', '21T09:15:00', 'edges', ['30s 21T00:30 21T01:00', '1h 21T01:00 21T09:00', '30s 21T09:00 21T09:15']],
] as const)('%s to %s', (from, to, why, parts) => {
  const plan = planRange(rangeOf(from, to), ALL);
  expect(plan).toMatchObject({ why, exact: true, range: rangeOf(from, to) });
  expect(told(plan)).toEqual(parts);
});

it('ends with the hour that goes on, and reads the hours of a day that goes on', () => {
  const nowMs = at('22T00:20:30');
  const plan = planRange({ from: at('20T00:00:00'), to: nowMs }, { ...ALL, nowMs });
  expect(told(plan)).toEqual(['1d 20T00:00 22T00:00', '1h 22T00:00 22T01:00']);
  expect(coarsestOf(plan.parts)).toBe('1d');
});

describe('days that are due', () => {
  const due = (...days: string[]): RowsKept => ({
    ...KEPT,
    dueDays: new Set(days.map((day) => at(`${day}T00:00:00`))),
  });
  const WEEK = rangeOf('14T00:00:00', '21T00:00:00');

  it('are read from their hours', () => {
    const plan = planRange(WEEK, due('16', '17', '20'));
    expect(plan).toMatchObject({ why: 'edges', exact: true });
    expect(told(plan)).toEqual([
      '1d 14T00:00 16T00:00',
      '1h 16T00:00 18T00:00',
      '1d 18T00:00 20T00:00',
      '1h 20T00:00 21T00:00',
    ]);
  });

  it('are read as they are where their hours are gone', () => {
    expect(told(planRange(rangeOf('08T00:00:00', '12T00:00:00'), due('08', '09', '10')))).toEqual([
      '1d 08T00:00 10T00:00',
      '1h 10T00:00 11T00:00',
      '1d 11T00:00 12T00:00',
    ]);
  });

  it('are not many parts', () => {
    const every = Array.from({ length: 100 }, (_, index) => NOON - (NOON % DAY_MS) - (2 * index + 1) * DAY_MS);
    const range = { from: NOON - (NOON % DAY_MS) - 300 * DAY_MS, to: NOON };
    const plan = planRange(range, { ...ALL, dueDays: new Set(every) });
    expect(plan.parts.map(({ step }) => step)).toEqual(['1d', '1h']);
    expect(plan.parts[1]!.from).toBe(Math.min(...every));
  });

  it('are read from their hours in series', () => {
    const kept = due('17');
    const grid = gridOf(WEEK, 4, true, kept);
    expect(told(planGrid(grid, WEEK, kept, false))).toEqual([
      '1d 14T00:00 17T00:00',
      '1h 17T00:00 18T00:00',
      '1d 18T00:00 21T00:00',
    ]);
  });
});

it('reads instants of what cuts across groups for two days, then hours', () => {
  const two = planRange(rangeOf('20T00:00:00', '22T00:00:00'), ALL, true);
  expect(two).toMatchObject({ why: 'filter', exact: true, estimated: false, parts: [{ step: '30s' }] });
  const more = planRange(rangeOf('19T00:00:00', '22T00:00:00'), ALL, true);
  expect(more).toMatchObject({ why: 'filter', exact: false, estimated: true, parts: [{ step: '1h' }] });
  expect(resolutionOf(more).p95).toBe('none');
});

describe('what is no longer kept', () => {
  it.each([
    ['instants', '15T10:20:00', '15T12:10:00', ['1h 15T10:00 15T13:00']],
    [
      'instants of both edges',
      '15T10:20:00',
      '18T12:10:00',
      ['1h 15T10:00 16T00:00', '1d 16T00:00 18T00:00', '1h 18T00:00 18T13:00'],
    ],
    ['instants of one edge', '19T10:20:00', '20T12:10:00', ['1h 19T10:00 20T12:00', '30s 20T12:00 20T12:10']],
    [
      'instants of a short range, in part',
      '19T22:30:00',
      '20T02:30:00',
      ['1h 19T22:00 20T02:00', '30s 20T02:00 20T02:30'],
    ],
    ['hours', '05T10:20:00', '05T12:10:00', ['1d 05T00:00 06T00:00']],
    ['hours of one edge', '08T10:20:00', '11T12:00:00', ['1d 08T00:00 11T00:00', '1h 11T00:00 11T12:00']],
  ] as const)('%s', (_what, from, to, parts) => {
    const plan = planRange(rangeOf(from, to), KEPT);
    expect(told(plan)).toEqual(parts);
    expect(plan).toMatchObject({ why: 'retention', exact: false, estimated: false });
    expect(plan.range).toEqual({ from: plan.parts[0]!.from, to: plan.parts.at(-1)!.to });
    expect(resolutionOf(plan)).toMatchObject({ why: 'retention', exact: false, p95: 'buckets' });
  });

  it('costs nothing where the range lies on what is left', () => {
    expect(planRange(rangeOf('15T10:00:00', '15T12:00:00'), KEPT)).toMatchObject({ why: 'hours', exact: true });
    expect(planRange(rangeOf('05T00:00:00', '07T00:00:00'), KEPT)).toMatchObject({ why: 'days', exact: true });
    expect(planRange(rangeOf('20T00:00:00', '20T05:00:00'), KEPT)).toMatchObject({ why: 'short', exact: true });
  });

  it('is told by the hours of pods, and by their days, where filters cut across', () => {
    const plan = planRange(rangeOf('09T10:20:00', '11T10:20:00'), KEPT, true);
    expect(told(plan)).toEqual(['1d 09T00:00 10T00:00', '1h 10T00:00 11T11:00']);
    expect(plan).toMatchObject({ why: 'retention', exact: false, estimated: true });
  });

  it.each([
    ['15T10:20:00', '15T12:10:00', '1h', ['1h 15T10:00 15T13:00'], true],
    ['05T10:20:00', '05T12:10:00', '1d', ['1d 05T00:00 06T00:00'], true],
    ['20T10:00:00', '20T12:00:00', '30s', ['30s 20T10:00 20T12:00'], false],
  ] as const)('makes longer steps of a series: %s', (from, to, step, parts, coarsened) => {
    const range = rangeOf(from, to);
    const grid = gridOf(range, 300, false, KEPT);
    expect(grid).toMatchObject({ step, coarsened });
    const plan = planGrid(grid, range, KEPT, false);
    expect(told(plan)).toEqual(parts);
    expect(plan.exact).toBe(!coarsened);
    expect(plan.why).toBe(coarsened ? 'retention' : 'short');
  });
});

describe('what is gone though it would be kept', () => {
  const gone: RowsKept = {
    ...KEPT,
    hoursWithoutInstants: new Set([at('21T05:00:00'), at('21T06:00:00')]),
    daysWithoutHours: new Set([at('15T00:00:00')]),
  };

  it.each([
    ['a short range', '21T05:10:00', '21T07:10:00', ['1h 21T05:00 21T07:00', '30s 21T07:00 21T07:10'], false],
    ['an edge', '21T06:30:00', '21T23:30:00', ['1h 21T06:00 21T23:00', '30s 21T23:00 21T23:30'], false],
    ['in the middle', '21T04:30:00', '21T07:30:00', ['30s', '1h 21T05:00 21T07:00', '30s'], true],
    ['hours', '21T05:00:00', '21T07:00:00', ['1h 21T05:00 21T07:00'], true],
    ['nothing of it', '21T07:00:00', '21T09:00:00', ['30s 21T07:00 21T09:00'], true],
    ['hours of an edge', '15T10:00:00', '16T10:00:00', ['1d 15T00:00 16T00:00', '1h 16T00:00 16T10:00'], false],
  ] as const)('is read from what is left: %s', (_what, from, to, parts, exact) => {
    const plan = planRange(rangeOf(from, to), gone);
    const found = told(plan);
    expect(found).toHaveLength(parts.length);
    for (const [index, part] of parts.entries()) expect(found[index]).toContain(part);
    expect(plan.exact).toBe(exact);
    expect(plan.why === 'retention').toBe(!exact);
  });

  it('is read from the days of pods where filters cut across', () => {
    const plan = planRange(rangeOf('14T00:00:00', '17T00:00:00'), gone, true);
    expect(told(plan)).toEqual(['1h 14T00:00 15T00:00', '1d 15T00:00 16T00:00', '1h 16T00:00 17T00:00']);
  });

  it.each([
    ['21T04:10:00', '21T05:10:00', '1h', true],
    ['21T03:10:00', '21T04:50:00', '30s', false],
    ['14T04:00:00', '16T04:00:00', '1d', true],
  ] as const)('makes longer steps of a series: %s', (from, to, step, coarsened) => {
    expect(gridOf(rangeOf(from, to), 300, false, gone)).toMatchObject({ step, coarsened });
  });
});

it('reads nothing for a range of no length', () => {
  const moment = rangeOf('05T00:00:00', '05T00:00:00');
  expect(planRange(moment, KEPT)).toMatchObject({ range: moment, parts: [{ step: '30s' }] });
});

it('counts the instants of the grid', () => {
  expect(instantsIn({ from: 0, to: 60_000 })).toBe(2);
  expect(instantsIn({ from: 1, to: 60_001 })).toBe(2);
  expect(instantsIn({ from: 5, to: 5 })).toBe(0);
});
