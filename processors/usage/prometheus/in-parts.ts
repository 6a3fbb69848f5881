import { isAppError } from '../../../platform/errors.ts';

/** Prometheus refuses more than 11,000 points a series. */
const MOST_POINTS = 11_000;

/**
 * Asks for `points` points in parts of at most 11,000, one after the other in order of time. A part that is too much
 * for the server is halved, down to one point; then its `prometheus_too_much` is thrown. `ask` gets the first point and
 * the number of points, and must not have handed anything over when it throws that.
 */
export async function inParts(points: number, ask: (first: number, count: number) => Promise<void>): Promise<void> {
  let size = MOST_POINTS;
  for (let first = 0; first < points;) {
    const count = Math.min(size, points - first);
    try {
      await ask(first, count);
      first += count;
    } catch (error) {
      if (count === 1 || !isAppError(error, 'prometheus_too_much')) throw error;
      // What was too much once is not asked again for the rest of the range.
      size = Math.ceil(count / 2);
    }
  }
}
