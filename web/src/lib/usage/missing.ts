import type { UsagePage } from './usage-api.ts';

/** Late scrapes are waited for: of a range that ends now its last minutes are never there. */
const TOLERATED_HOURS = 0.1;
const round = (hours: number): number => Math.round(hours * 10) / 10;

/** Clusters of which hours are missing, those that lack most first. Hours are rounded to tenths. */
export function missingOf({ wanted_hours: wanted, missing }: UsagePage['complete']) {
  return {
    wanted: round(wanted),
    clusters: missing
      .filter(({ missing_hours: hours }) => hours > TOLERATED_HOURS)
      .toSorted((a, b) => b.missing_hours - a.missing_hours)
      .map(({ cluster, missing_hours: hours }) => ({ cluster, hours: round(hours) })),
  };
}
