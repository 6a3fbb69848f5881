import type { ResourceSizing, Spread } from './sizing-api.ts';

type Asked = Pick<ResourceSizing, 'request' | 'limit' | 'recommended_request' | 'recommended_limit'>;

export const SPREAD_MARKS = ['p50', 'p90', 'p95', 'p99', 'max'] as const;
export type SpreadMark = (typeof SPREAD_MARKS)[number];
export const ASKED_MARKS = ['request', 'limit', 'recommended_request', 'recommended_limit'] as const;
export type AskedMark = (typeof ASKED_MARKS)[number];

/** Where each figure stands on one scale from 0 to the largest, as a share of its length; null: it is not known, or none is set. */
export type SpreadScale = Readonly<Record<SpreadMark | AskedMark, number | null>>;

/** Null where nothing was used that is known. `asked` false: what is asked for is of another kind than what was used. */
export function spreadScale(spread: Spread, figures: Asked, asked = true): SpreadScale | null {
  const all: Record<SpreadMark | AskedMark, number | null> = {
    ...spread,
    request: asked ? figures.request : null,
    limit: asked ? figures.limit : null,
    recommended_request: asked ? figures.recommended_request : null,
    recommended_limit: asked ? figures.recommended_limit : null,
  };
  if (all.max === null) return null;
  const top = Math.max(asked ? 0 : 1, ...Object.values(all).filter((value) => value !== null));
  const entries = Object.entries(all).map(([name, value]) => [name, value === null ? null : top > 0 ? value / top : 0]);
  return Object.fromEntries(entries) as SpreadScale;
}
