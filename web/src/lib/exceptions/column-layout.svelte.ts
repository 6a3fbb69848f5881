import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createTable,
  tableFeatures,
  type Updater,
} from '@tanstack/svelte-table';
import { COLUMNS, LEAST_SIZE_PX, type ColumnSpec } from './columns.ts';
import type { ExceptionItem } from './filters.svelte.ts';
import { INITIAL_LAYOUT, readLayout, type Layout } from './stored-layout.ts';

const STORED = 'tidemark.exceptions.columns';
const STEP_PX = 16;

const features = tableFeatures({
  columnVisibilityFeature,
  columnOrderingFeature,
  columnSizingFeature,
  columnResizingFeature,
});
const SPECS = new Map(COLUMNS.map((spec) => [spec.id, spec]));
const NO_ROWS: ExceptionItem[] = [];

/** Which columns are shown, in which order and how wide; remembered in this browser. Rows are not the table's matter. */
export function createColumnLayout() {
  let layout = $state.raw(readLayout(globalThis.localStorage.getItem(STORED)));

  const change =
    <K extends keyof Layout>(part: K) =>
    (updater: Updater<Layout[K]>): void => {
      const next = typeof updater === 'function' ? updater(layout[part]) : updater;
      layout = { ...layout, [part]: next };
      globalThis.localStorage.setItem(STORED, JSON.stringify(layout));
    };

  const table = createTable({
    features,
    columns: COLUMNS.map(({ id, sizePx }) => ({ id, size: sizePx, minSize: LEAST_SIZE_PX, maxSize: 900 })),
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: {
      get columnVisibility() {
        return layout.visibility;
      },
      get columnOrder() {
        return layout.order;
      },
      get columnSizing() {
        return layout.sizing;
      },
    },
    onColumnVisibilityChange: change('visibility'),
    onColumnOrderChange: change('order'),
    onColumnSizingChange: change('sizing'),
  });

  const specOf = (id: string): ColumnSpec => SPECS.get(id) as ColumnSpec;
  const shown = $derived(
    (table.getHeaderGroups()[0]?.headers ?? []).map((header) => ({
      ...specOf(header.column.id),
      sizePx: header.getSize(),
      resize: header.getResizeHandler(),
    })),
  );

  return {
    /** The columns in sight, from left to right. `resize` takes the event that presses their edge. */
    get shown() {
      return shown;
    },
    /** All columns in their order. */
    get all() {
      return layout.order.map((id) => ({ ...specOf(id), visible: layout.visibility[id] ?? false }));
    },
    toggle(id: string): void {
      const column = table.getColumn(id);
      const last = shown.length === 1 && shown[0]?.id === id;
      if (!last) column?.toggleVisibility();
    },
    /** Moves a column by places: -1 to the left, 1 to the right. */
    move(id: string, by: -1 | 1): void {
      const from = layout.order.indexOf(id);
      const to = from + by;
      if (from < 0 || to < 0 || to >= layout.order.length) return;
      const order = layout.order.toSpliced(from, 1);
      table.setColumnOrder(order.toSpliced(to, 0, id));
    },
    /** Makes a column wider or narrower by a step. */
    widen(id: string, by: -1 | 1): void {
      const size = table.getColumn(id)?.getSize() ?? LEAST_SIZE_PX;
      table.setColumnSizing({ ...layout.sizing, [id]: Math.max(LEAST_SIZE_PX, size + by * STEP_PX) });
    },
    resetSize: (id: string): void => table.getColumn(id)?.resetSize(),
    reset(): void {
      table.setColumnVisibility(INITIAL_LAYOUT.visibility);
      table.setColumnOrder(INITIAL_LAYOUT.order);
      table.setColumnSizing({});
    },
  };
}
export type ColumnLayout = ReturnType<typeof createColumnLayout>;
