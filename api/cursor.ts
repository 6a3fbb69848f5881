import { AppError } from '../platform/errors.ts';

/** A part of a keyset: a time in milliseconds, or a name. */
export type CursorPart = string | number;

/** An opaque place in a list. It grants nothing: the scope is applied to every page anew. */
export function encodeCursor(list: string, parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify([list, ...parts]), 'utf8').toString('base64url');
}

/**
 * Reads a cursor of the named list whose parts have these types. Throws AppError `bad_request` for one of another list
 * or one that was tampered with.
 */
export function decodeCursor<const T extends readonly ('number' | 'string')[]>(
  list: string,
  types: T,
  cursor: string,
): { [K in keyof T]: T[K] extends 'number' ? number : string } {
  const bad = () =>
    new AppError('bad_request', 'the cursor is not one that this list gave', {
      details: { problems: [{ in: 'querystring', parameter: 'cursor', message: 'is not one that this list gave' }] },
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw bad();
  }
  if (!Array.isArray(parsed) || parsed.length !== types.length + 1 || parsed[0] !== list) throw bad();
  const parts: unknown[] = parsed.slice(1);
  const wellFormed = parts.every(
    (part, index) => typeof part === types[index] && (typeof part === 'string' || Number.isSafeInteger(part)),
  );
  if (!wellFormed) throw bad();
  return parts as never;
}

/**
 * Whether the list is in its own order, where a cursor leads on. Throws AppError `bad_request` that names what a given
 * cursor cannot be combined with.
 */
export function cursorFits(
  query: { cursor?: string | undefined; sort: string; order: string; offset: number },
  ownSort: string,
): boolean {
  const departures = [
    ...(query.sort === ownSort ? [] : ['sort']),
    ...(query.order === 'desc' ? [] : ['order']),
    ...(query.offset === 0 ? [] : ['offset']),
  ];
  if (query.cursor === undefined || departures.length === 0) return departures.length === 0;
  const message = 'cannot be combined with cursor';
  throw new AppError('bad_request', `${departures.join(', ')} ${message}`, {
    details: { problems: departures.map((parameter) => ({ in: 'querystring', parameter, message })) },
  });
}
