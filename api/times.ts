import { AppError } from '../platform/errors.ts';

const LATEST = Date.parse('2262-01-01T00:00:00Z');

/** Milliseconds of a time parameter. Throws AppError `bad_request` for a day that no calendar has. */
export function parseInstant(parameter: 'from' | 'to' | 'at', value: string): number {
  const ms = Date.parse(value.replace(' ', '+'));
  if (Number.isFinite(ms) && ms >= 0 && ms < LATEST) return ms;
  throw new AppError('bad_request', `${parameter} is not a time`, {
    details: { problems: [{ in: 'querystring', parameter, message: 'must be a time between 1970 and 2262' }] },
  });
}

export interface TimeRange {
  /** Milliseconds, inclusive; undefined: no bound. */
  readonly from?: number;
  /** Milliseconds, exclusive. */
  readonly to?: number;
}

/** Throws AppError `bad_request` where `from` is not before `to`. */
export function parseRange(query: { from?: string | undefined; to?: string | undefined }): TimeRange {
  const range: { from?: number; to?: number } = {};
  if (query.from !== undefined) range.from = parseInstant('from', query.from);
  if (query.to !== undefined) range.to = parseInstant('to', query.to);
  if (range.from !== undefined && range.to !== undefined && range.from >= range.to) {
    throw new AppError('bad_request', 'from must lie before to', {
      details: { problems: [{ in: 'querystring', parameter: 'from', message: 'must lie before to' }] },
    });
  }
  return range;
}

/** The range with both of its ends: until now where no end is given, and so long where no beginning is. */
export function closeRange(range: TimeRange, lengthMs: number, nowMs: number): { from: number; to: number } {
  const to = range.to ?? Math.max(nowMs, (range.from ?? 0) + 1);
  return { from: range.from ?? Math.max(0, to - lengthMs), to };
}
