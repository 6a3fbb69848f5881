/** One column of a data grid. */
export interface GridColumn {
  readonly id: string;
  readonly title: string;
  /** The least width, and the least where there is little room: its content may then take a second line. */
  readonly leastPx: number;
  readonly compactPx: number;
  /** Its share of what is left over; 0: none. */
  readonly share: number;
  /** Stays where columns have to go; the others go from the end. */
  readonly keep?: boolean;
  /** What the title sorts by; left out: nothing. */
  readonly sort?: string;
  /** Numbers stand at the end of their cell. */
  readonly end?: boolean;
  /** The cell's content has links of its own, so the row's does not cover it. */
  readonly ownLinks?: boolean;
}

export interface GridSort {
  readonly by: string;
  readonly order: 'asc' | 'desc';
}

export interface Fitting {
  readonly look: 'roomy' | 'compact' | 'cards';
  readonly columns: readonly GridColumn[];
  /** The tracks of CSS grid. */
  readonly tracks: string;
}

const sumOf = (columns: readonly GridColumn[], width: (column: GridColumn) => number): number =>
  columns.reduce((sum, column) => sum + width(column), 0);

/** What there is room for in so many pixels: every column, fewer and narrower ones, or none at all and cards instead. */
export function fitColumns(columns: readonly GridColumn[], widthPx: number): Fitting {
  const tracksOf = (shown: readonly GridColumn[], width: (column: GridColumn) => number): string =>
    shown
      .map((column) => (column.share > 0 ? `minmax(${width(column)}px, ${column.share}fr)` : `${width(column)}px`))
      .join(' ');
  const roomy = ({ leastPx }: GridColumn): number => leastPx;
  const compact = ({ compactPx }: GridColumn): number => compactPx;
  if (sumOf(columns, roomy) <= widthPx) return { look: 'roomy', columns, tracks: tracksOf(columns, roomy) };
  let shown = columns;
  while (sumOf(shown, compact) > widthPx) {
    const gone = shown.findLastIndex(({ keep }) => keep !== true);
    if (gone < 0) return { look: 'cards', columns: [], tracks: '' };
    shown = shown.toSpliced(gone, 1);
  }
  return { look: 'compact', columns: shown, tracks: tracksOf(shown, compact) };
}

/** As screen readers are told: undefined for a column that does not sort. */
export function ariaSort({ sort }: GridColumn, sorted: GridSort): 'ascending' | 'descending' | 'none' | undefined {
  if (sort === undefined) return undefined;
  if (sort !== sorted.by) return 'none';
  return sorted.order === 'asc' ? 'ascending' : 'descending';
}

/** Where a key leads from a row; null where the key is for something else. `row` -1: none yet. */
export function rowAfterKey(key: string, row: number, { count, page }: { count: number; page: number }): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: row + 1,
    j: row + 1,
    ArrowUp: row - 1,
    k: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  };
  const next = moves[key];
  return next === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, next));
}
