import { DEFAULT_FROM, type TimeText } from '../time/range.ts';

/** Pages whose figures need more than a day to mean anything: days of the week differ. */
const LONGER: readonly (readonly [path: string, from: TimeText])[] = [['/sizing', 'now-7d']];

/** Where the range of a page begins if the address does not say. */
export const defaultFrom = (path: string): TimeText =>
  LONGER.find(([page]) => path === page || path.startsWith(`${page}/`))?.[1] ?? DEFAULT_FROM;
