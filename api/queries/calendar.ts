import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Period } from './service-conditions.ts';

/** A day of a time zone's calendar; it has 23 or 25 hours where the clocks are changed. */
export interface CalendarDay extends Period {
  /** YYYY-MM-DD */
  readonly date: string;
}

/** Whether the store knows a time zone of this name. */
export async function isTimeZone(store: Store, zone: string, options: QueryOptions): Promise<boolean> {
  const sql = 'SELECT count() AS known FROM system.time_zones WHERE time_zone = {zone:String}';
  const [row] = await store.query<{ known: number }>(sql, { zone }, options);
  return (row?.known ?? 0) > 0;
}

/** So many days of the zone, oldest first, none before 1970-01-02; the last one is that of the last millisecond before `to`. */
export function listDays(
  store: Store,
  request: { zone: string; to: number; days: number },
  options: QueryOptions,
): Promise<CalendarDay[]> {
  const sql = `
    SELECT toString(day) AS date,
      toInt64(toUnixTimestamp(toDateTime(toDate(day), {zone:String}))) * 1000 AS \`from\`,
      toInt64(toUnixTimestamp(toDateTime(toDate(day) + 1, {zone:String}))) * 1000 AS \`to\`
    FROM (
      SELECT toDate32(toTimeZone(fromUnixTimestamp64Milli({to:Int64} - 1, 'UTC'), {zone:String}))
        - arrayJoin(range({days:UInt16})) AS day
    )
    WHERE day >= toDate32('1970-01-02')
    ORDER BY date`;
  return store.query<CalendarDay>(sql, request, options);
}

/** When the months (YYYY-MM) begin in the zone, as milliseconds, in their order. */
export async function monthBegins(
  store: Store,
  request: { zone: string; months: readonly string[] },
  options: QueryOptions,
): Promise<number[]> {
  const sql = `
    SELECT arrayMap(day -> toUnixTimestamp64Milli(toDateTime64(toDate32(day), 3, {zone:String})),
      {days:Array(String)}) AS begins`;
  const days = request.months.map((month) => `${month}-01`);
  const [row] = await store.query<{ begins: number[] }>(sql, { zone: request.zone, days }, options);
  return row?.begins ?? [];
}
