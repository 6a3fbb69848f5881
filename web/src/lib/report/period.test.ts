import { expect, it } from 'vitest';
import { isAfter, otherKind, periodAfter, periodOf, periodsBefore, periodText, readPeriod } from './period.ts';

const NEW_YEAR = Date.parse('2026-12-31T20:00:00Z');
const month = (name: string) => ({ kind: 'month', name }) as const;
const quarter = (name: string) => ({ kind: 'quarter', name }) as const;

it.each([
  ['month', 'UTC', '2026-12'],
  ['month', 'Asia/Shanghai', '2027-01'],
  ['quarter', 'UTC', '2026-Q4'],
  ['quarter', 'Asia/Shanghai', '2027-Q1'],
] as const)('the present %s in %s is %s', (kind, zone, name) =>
  expect(periodOf(kind, NEW_YEAR, zone)).toEqual({ kind, name }),
);

it.each([
  [{ month: '2026-10', quarter: '' }, month('2026-10')],
  [{ month: '', quarter: '2026-Q3' }, quarter('2026-Q3')],
  [{ month: '', quarter: '' }, month('2026-12')],
  [{ month: '2026-13', quarter: '' }, month('2026-12')],
  [{ month: '1969-12', quarter: '' }, month('2026-12')],
  [{ month: '', quarter: '2026-Q5' }, quarter('2026-Q4')],
])('%o is read as %o', (asked, period) => expect(readPeriod(asked, NEW_YEAR, 'UTC')).toEqual(period));

it.each([
  [month('2026-12'), 1, '2027-01'],
  [month('2026-01'), -1, '2025-12'],
  [month('2026-01'), -13, '2024-12'],
  [quarter('2026-Q4'), 1, '2027-Q1'],
  [quarter('2026-Q1'), -1, '2025-Q4'],
] as const)('%o and %d more is %s', (period, count, name) => expect(periodAfter(period, count).name).toBe(name));

it('goes from a quarter to its last month, and from a month to its quarter', () => {
  expect(otherKind(quarter('2026-Q4'), 'month').name).toBe('2026-12');
  expect(otherKind(month('2026-09'), 'quarter').name).toBe('2026-Q3');
  expect(otherKind(month('2026-09'), 'month').name).toBe('2026-09');
});

it('lists the newest first', () => {
  expect(periodsBefore(month('2026-02'), 3).map(({ name }) => name)).toEqual(['2026-02', '2026-01', '2025-12']);
  expect(isAfter(month('2026-02'), month('2026-01'))).toBe(true);
  expect(isAfter(month('2026-02'), month('2026-02'))).toBe(false);
});

it.each([
  [month('2026-10'), 'October 2026', '2026年10月'],
  [month('2026-01'), 'January 2026', '2026年1月'],
  [quarter('2026-Q4'), 'Q4 2026', '2026年第4季度'],
] as const)('%o is %s and %s', (period, english, chinese) => {
  expect([periodText(period, 'en'), periodText(period, 'zh')]).toEqual([english, chinese]);
});
