import { AppError } from '../platform/errors.ts';
import type { QueryOptions, Store } from '../platform/store/store.ts';
import { figureRange, untilNow } from './figure-range.ts';
import { monthBegins } from './queries/calendar.ts';
import type { Period } from './queries/service-conditions.ts';
import { closeRange, parseRange } from './times.ts';

/** What a report is about: a month or a quarter of the zone's calendar, or a range of its own. */
export interface ReportPeriod extends Period {
  /** 2026-10, 2026-Q4 or ''. */
  readonly name: string;
  readonly complete: boolean;
}

export interface PeriodQuery {
  readonly month?: string | undefined;
  readonly quarter?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** YYYY-MM so many months later. */
function monthAfter(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const count = year * 12 + number - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

const FIRST_YEAR = 1970;
const LAST_YEAR = 2105;

function monthsOf({ month, quarter }: PeriodQuery): { name: string; months: string[] } | null {
  if (month !== undefined) return { name: month, months: [month, monthAfter(month, 1)] };
  if (quarter === undefined) return null;
  const [year, number] = quarter.split('-Q');
  const first = monthAfter(`${year}-01`, (Number(number) - 1) * 3);
  return { name: quarter, months: [first, monthAfter(first, 3)] };
}

const bad = (parameter: string, message: string) =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: 'querystring', parameter, message }] },
  });

/**
 * Reads the period of a report; without any the last 30 days. Throws AppError `bad_request` where more than one is given or
 * the calendar does not reach so far.
 */
export async function readReportPeriod(
  store: Store,
  request: { query: PeriodQuery; zone: string; nowMs: number },
  options: QueryOptions,
): Promise<ReportPeriod> {
  const { query, zone, nowMs } = request;
  const asked = monthsOf(query);
  if (!asked) {
    const { to } = closeRange(parseRange(query), 0, nowMs);
    return { ...figureRange(query, nowMs), name: '', complete: to <= nowMs };
  }
  const others = ['quarter', 'from', 'to'] as const;
  for (const other of query.month === undefined ? (['from', 'to'] as const) : others) {
    if (query[other] !== undefined) throw bad(other, 'cannot be combined with a month or a quarter');
  }
  const year = Number(asked.name.slice(0, 4));
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw bad(query.month === undefined ? 'quarter' : 'month', `must lie between ${FIRST_YEAR} and ${LAST_YEAR}`);
  }
  const [from = 0, to = 0] = await monthBegins(store, { zone, months: asked.months }, options);
  return { ...untilNow({ from, to }, nowMs), name: asked.name, complete: to <= nowMs };
}
