/** One day of a service, as the API gives it. */
export interface UptimeDay {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly availability: { readonly worst: number | null; readonly best: number | null };
  readonly counted_s: number;
  readonly unknown_s: number;
  readonly down_s: number;
  readonly degraded_s: number;
  readonly outages: number;
}

/** `none`: nothing of the day counts. */
export type DayLook = 'down' | 'degraded' | 'unknown' | 'fine' | 'none';

/** Less of a day than this is not hatched: an agent that was started anew says little about a day. */
const UNKNOWN_SHARE = 0.01;

/** What a day is shown as: what is certain and worst first. */
export function lookOf({
  counted_s: counted,
  down_s: down,
  degraded_s: degraded,
  unknown_s: unknown,
}: UptimeDay): DayLook {
  if (counted <= 0) return 'none';
  if (down > 0) return 'down';
  if (unknown > counted * UNKNOWN_SHARE) return 'unknown';
  return degraded > 0 ? 'degraded' : 'fine';
}

/** The bar at a share (0 … 1) of the row's width; null where there is none. */
export function dayAt(count: number, share: number): number | null {
  if (count === 0 || share < 0 || share > 1) return null;
  return Math.min(count - 1, Math.floor(share * count));
}

const WEEK_DAYS = 7;

/** Which bar a key leads to; null where the key is not the row's. */
export function dayAfterKey(key: string, at: number, count: number): number | null {
  const to = (index: number): number => Math.min(count - 1, Math.max(0, index));
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return to(at - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return to(at + 1);
    case 'PageDown':
      return to(at - WEEK_DAYS);
    case 'PageUp':
      return to(at + WEEK_DAYS);
    case 'Home':
      return to(0);
    case 'End':
      return to(count - 1);
    default:
      return null;
  }
}

const HEIGHT = 24;
const BAR = 3;
const STEP = 4;
/** Of a bar that is not down: it is the shorter one, so that a day with downtime stands out without its colour. */
const INSET = 4;

const rect = (index: number, top: number, bottom: number): string =>
  `M${index * STEP} ${top}h${BAR}V${bottom}h-${BAR}Z`;

export interface DayPaths {
  readonly widthUnits: number;
  readonly heightUnits: number;
  /** SVG path of all days of a look; '' where there is none. */
  readonly paths: Readonly<Record<DayLook | 'outline', string>>;
}

/** All bars in a few paths, however many rows of them a table holds. A degraded day is an outline whose lower half is filled. */
export function dayPaths(days: readonly UptimeDay[]): DayPaths {
  const paths = { down: '', degraded: '', unknown: '', fine: '', none: '', outline: '' };
  for (const [index, day] of days.entries()) {
    const look = lookOf(day);
    if (look === 'down') paths.down += rect(index, 0, HEIGHT);
    else if (look === 'none') paths.none += rect(index, HEIGHT / 2 - 1, HEIGHT / 2 + 1);
    else if (look === 'degraded') {
      paths.outline += rect(index, INSET, HEIGHT / 2);
      paths.degraded += rect(index, HEIGHT / 2, HEIGHT - INSET);
    } else paths[look] += rect(index, INSET, HEIGHT - INSET);
  }
  return { widthUnits: Math.max(1, days.length * STEP - (STEP - BAR)), heightUnits: HEIGHT, paths };
}

/** Where a bar stands, in the units of `dayPaths`. */
export const dayPlace = (index: number): { x: number; width: number } => ({ x: index * STEP, width: BAR });
