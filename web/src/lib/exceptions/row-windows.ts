/** Rows that are fetched together. */
export const WINDOW_ROWS = 200;
/** How many windows are kept, those nearest to what is looked at. */
export const MOST_WINDOWS = 20;
/** The API counts no further by offset. */
export const MOST_ROWS = 100_000 + WINDOW_ROWS;

export type Windows<T> = ReadonlyMap<number, readonly T[]>;

/** The numbers of the windows that hold the rows `first`..`last` (inclusive), of `total` rows. */
export function windowsOf(first: number, last: number, total: number): number[] {
  const from = Math.floor(Math.max(0, first) / WINDOW_ROWS);
  const to = Math.floor(Math.min(last, total - 1, MOST_ROWS - 1) / WINDOW_ROWS);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** The windows with one more, without those furthest from it where they are too many. */
export function keepWindow<T>(windows: Windows<T>, number: number, rows: readonly T[]): Windows<T> {
  const all = new Map(windows).set(number, rows);
  const far = [...all.keys()].toSorted((a, b) => Math.abs(a - number) - Math.abs(b - number)).slice(MOST_WINDOWS);
  for (const left of far) all.delete(left);
  return all;
}

export const rowAt = <T>(windows: Windows<T>, index: number): T | undefined =>
  windows.get(Math.floor(index / WINDOW_ROWS))?.[index % WINDOW_ROWS];

/** Where a row stands among those that were fetched; -1 where it is not there. */
export function indexOfId(windows: Windows<{ readonly id: string }>, id: string): number {
  for (const [number, rows] of windows) {
    const at = rows.findIndex((row) => row.id === id);
    if (at >= 0) return number * WINDOW_ROWS + at;
  }
  return -1;
}

/** The windows with a row in the place of its older version; null where that was not fetched. */
export function replaceRow<T extends { readonly id: string }>(windows: Windows<T>, row: T): Windows<T> | null {
  const at = indexOfId(windows, row.id);
  if (at < 0) return null;
  const number = Math.floor(at / WINDOW_ROWS);
  return new Map(windows).set(number, (windows.get(number) ?? []).with(at % WINDOW_ROWS, row));
}
