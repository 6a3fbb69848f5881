import { AppError } from '../../../platform/errors.ts';

/** Instants `fromMs`, `fromMs + stepMs`, ... before `toMs`; milliseconds since the Unix epoch. */
export interface Grid {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Throws AppError `bad_request` where the bounds are no whole multiples of the step, or the wrong way round. */
export function createGrid({ fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number }): Grid {
  const count = (toMs - fromMs) / stepMs;
  if (!Number.isSafeInteger(fromMs / stepMs) || !Number.isSafeInteger(count) || count < 1) {
    throw new AppError('bad_request', 'a window begins and ends on its grid, and has an instant', {
      details: { fromMs, toMs, stepMs },
    });
  }
  return { fromMs, stepMs, count };
}

/** The first instant at or after `atMs`, by number, from 0 to `count`. */
export const firstInstant = (grid: Grid, atMs: number): number =>
  Math.min(grid.count, Math.max(0, Math.ceil((atMs - grid.fromMs) / grid.stepMs)));
