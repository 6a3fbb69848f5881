import type { UsedAndAsked } from './usage-api.ts';

type Figures = Pick<UsedAndAsked, 'avg' | 'p95' | 'max' | 'request' | 'limit'>;

/** Where each figure stands on one scale, as a share of its length; null: it is not known, or none is set. */
export interface CellScale {
  readonly avg: number | null;
  readonly p95: number | null;
  readonly max: number | null;
  readonly request: number | null;
  readonly limit: number | null;
  /** The maximum came within a tenth of the limit, or went over it. */
  readonly danger: boolean;
}

const NEAR = 0.9;

/** A scale from 0 to the largest figure; `least`: it reaches at least so far. Null where nothing is known. */
export function cellScale(figures: Figures, least = 0): CellScale | null {
  const { avg, p95, max, request, limit } = figures;
  const known = [avg, p95, max, request, limit].filter((value) => value !== null);
  if (known.length === 0) return null;
  const top = Math.max(least, ...known);
  const share = (value: number | null): number | null => (value === null ? null : top > 0 ? value / top : 0);
  return {
    avg: share(avg),
    p95: share(p95),
    max: share(max),
    request: share(request),
    limit: share(limit),
    danger: max !== null && limit !== null && limit > 0 && max >= NEAR * limit,
  };
}
