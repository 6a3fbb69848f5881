import { expect, test } from 'vitest';
import { placeLabels, tickLabels, tickStep, timeTicks } from './time-axis.ts';

const at = (text: string): number => Date.parse(text);
const texts = (ticks: number[]): string[] => ticks.map((ms) => new Date(ms).toISOString());

test('ticks stand at round times of the zone, not of UTC', () => {
  const range = { from: at('2026-11-21T20:07:00Z'), to: at('2026-11-22T20:07:00Z') };
  expect(tickStep(range, 8)).toBe(3 * 3_600_000);
  const kolkata = timeTicks(range, 8, 'Asia/Kolkata');
  expect(texts(kolkata).slice(0, 2)).toEqual(['2026-11-21T21:30:00.000Z', '2026-11-22T00:30:00.000Z']);
  expect(tickLabels(kolkata, 3 * 3_600_000, 'Asia/Kolkata').slice(0, 3)).toEqual(['03:00\n11-22', '06:00', '09:00']);
});

test('ticks stay at midnight over the change to summer time', () => {
  const range = { from: at('2026-03-26T00:00:00Z'), to: at('2026-04-01T00:00:00Z') };
  const ticks = timeTicks(range, 6, 'Europe/Berlin');
  expect(texts(ticks)).toEqual([
    '2026-03-26T23:00:00.000Z',
    '2026-03-27T23:00:00.000Z',
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
    '2026-03-30T22:00:00.000Z',
    '2026-03-31T22:00:00.000Z',
  ]);
  expect(tickLabels(ticks, 86_400_000, 'Europe/Berlin')[3]).toBe('03-30');
});

test('no tick comes twice where the clocks go back', () => {
  const range = { from: at('2026-10-24T23:30:00Z'), to: at('2026-10-25T03:30:00Z') };
  const ticks = timeTicks(range, 10, 'Europe/Berlin');
  expect(ticks.length).toBeGreaterThan(3);
  expect(new Set(ticks).size).toBe(ticks.length);
  expect(ticks.toSorted((a, b) => a - b)).toEqual(ticks);
});

test('a year has few ticks, a minute has some', () => {
  const year = { from: at('2026-01-01T00:00:00Z'), to: at('2027-01-01T00:00:00Z') };
  expect(timeTicks(year, 10, 'UTC').length).toBeLessThanOrEqual(11);
  const minute = { from: at('2026-01-01T00:00:00Z'), to: at('2026-01-01T00:01:00Z') };
  expect(tickLabels(timeTicks(minute, 6, 'UTC'), 15_000, 'UTC')).toEqual([
    '00:00:00\n01-01',
    '00:00:15',
    '00:00:30',
    '00:00:45',
    '00:01:00',
  ]);
});

test('a label stands before its tick where the axis ends', () => {
  expect(placeLabels(['21:00\n11-22', '00:00\n11-23', '03:00'], [10, 200, 390], 400)).toEqual([
    { text: '21:00 · 11-22', side: 'after' },
    { text: '00:00 · 11-23', side: 'after' },
    { text: '03:00', side: 'before' },
  ]);
});

test.each([
  ['room for both', 200, '00:00 · 11-23'],
  ['room for the day alone', 300, '11-23'],
  ['no room', 340, null],
] as const)('the last label before its tick: %s', (_words, before, text) => {
  const [, last] = placeLabels(['21:00', '00:00\n11-23'], [before, 400], 400);
  expect(last?.text ?? null).toBe(text);
});
