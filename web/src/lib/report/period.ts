import { formatDay, type Language } from '../time/format.ts';

/** What a report is about: `2026-10` or `2026-Q4`, as the API names them. */
export interface ReportPeriod {
  readonly kind: 'month' | 'quarter';
  readonly name: string;
}
export type PeriodKind = ReportPeriod['kind'];

const MONTHS_OF = { month: 1, quarter: 3 } as const;
const MONTH = /^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])$/;
const QUARTER = /^(?<year>\d{4})-Q(?<quarter>[1-4])$/;
/** The years that the API's calendar has. */
const [FIRST_YEAR, LAST_YEAR] = [1970, 2105];

/** Months since the year 0 up to the period's first; null where the name is none. */
function firstMonth({ kind, name }: ReportPeriod): number | null {
  const parts = (kind === 'month' ? MONTH : QUARTER).exec(name)?.groups;
  if (!parts) return null;
  const year = Number(parts['year']);
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
  return year * 12 + (kind === 'month' ? Number(parts['month']) - 1 : (Number(parts['quarter']) - 1) * 3);
}

function periodAt(kind: PeriodKind, months: number): ReportPeriod {
  const year = String(Math.floor(months / 12)).padStart(4, '0');
  const month = months % 12;
  const name =
    kind === 'month' ? `${year}-${String(month + 1).padStart(2, '0')}` : `${year}-Q${Math.floor(month / 3) + 1}`;
  return { kind, name };
}

/** The month or quarter of the zone's calendar in which an instant (milliseconds) lies. */
export function periodOf(kind: PeriodKind, ms: number, zone: string): ReportPeriod {
  const [year = 0, month = 1] = formatDay(ms, zone).split('-').map(Number);
  return periodAt(kind, year * 12 + month - 1);
}

/** The period that an address names; the present month where it names none, or none that the calendar has. */
export function readPeriod(asked: { month: string; quarter: string }, now: number, zone: string): ReportPeriod {
  const named: ReportPeriod =
    asked.quarter === '' ? { kind: 'month', name: asked.month } : { kind: 'quarter', name: asked.quarter };
  return firstMonth(named) === null ? periodOf(named.kind, now, zone) : named;
}

/** The period so many later; before, where `count` is negative. */
export const periodAfter = (period: ReportPeriod, count: number): ReportPeriod =>
  periodAt(period.kind, (firstMonth(period) ?? 0) + count * MONTHS_OF[period.kind]);

/** Whether the first begins after the second. */
export const isAfter = (first: ReportPeriod, second: ReportPeriod): boolean =>
  (firstMonth(first) ?? 0) > (firstMonth(second) ?? 0);

/** The month or quarter that holds the period's last month: the newest month of a quarter, the quarter of a month. */
export const otherKind = (period: ReportPeriod, kind: PeriodKind): ReportPeriod =>
  periodAt(kind, (firstMonth(period) ?? 0) + MONTHS_OF[period.kind] - 1);

/** The newest periods up to one, newest first. */
export const periodsBefore = (newest: ReportPeriod, count: number): ReportPeriod[] =>
  Array.from({ length: count }, (_, back) => periodAfter(newest, -back));

/** `October 2026`, `Q4 2026`; `2026年10月`, `2026年第4季度`. */
export function periodText(period: ReportPeriod, language: Language): string {
  const months = firstMonth(period);
  if (months === null) return period.name;
  const [year, month] = [Math.floor(months / 12), months % 12];
  const quarter = Math.floor(month / 3) + 1;
  if (period.kind === 'quarter') return language === 'zh' ? `${year}年第${quarter}季度` : `Q${quarter} ${year}`;
  if (language === 'zh') return `${year}年${month + 1}月`;
  return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    Date.UTC(year, month),
  );
}
