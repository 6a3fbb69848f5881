import { expect, it } from 'vitest';
import { TIME_BOUNDS_MS, TIME_PATTERN } from './column.ts';

const PATTERN = new RegExp(TIME_PATTERN);
const two = (value: number) => String(value).padStart(2, '0');

it('a time has a day of the calendar, in the years that the store holds', () => {
  const wrong: string[] = [];
  for (let year = 1890; year < 2310; year++) {
    for (let month = 0; month <= 13; month++) {
      for (let day = 0; day <= 32; day++) {
        const date = new Date(Date.UTC(year, month - 1, day));
        const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        const held = date.getTime() >= TIME_BOUNDS_MS.first && date.getTime() <= TIME_BOUNDS_MS.last;
        const time = `${year}-${two(month)}-${two(day)}T00:00:00.000Z`;
        if (PATTERN.test(time) !== (real && held)) wrong.push(time);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('a time has a second of the day; 60 is one, but for the last that the store would hold', () => {
  const fits = (time: string) => PATTERN.test(`2026-03-01T${time}Z`);
  expect(['00:00:00.000', '23:59:59.999', '23:59:60.999', '19:00:60.000'].filter((time) => !fits(time))).toEqual([]);
  expect(['24:00:00.000', '23:60:00.000', '23:59:61.000', '23:59:59', '1:00:00.000'].filter(fits)).toEqual([]);
  expect(PATTERN.test(new Date(TIME_BOUNDS_MS.last).toISOString())).toBe(true);
  expect(PATTERN.test('2299-12-31T23:59:60.000Z')).toBe(false);
});
