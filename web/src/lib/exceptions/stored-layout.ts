import { COLUMNS, LEAST_SIZE_PX } from './columns.ts';

/** What was chosen of the columns. */
export interface Layout {
  visibility: Record<string, boolean>;
  order: string[];
  sizing: Record<string, number>;
}

export const INITIAL_LAYOUT: Layout = {
  visibility: Object.fromEntries(COLUMNS.map(({ id, shown }) => [id, shown])),
  order: COLUMNS.map(({ id }) => id),
  sizing: {},
};

/** What was chosen before. What is unknown or broken in it counts as not chosen; columns that are new stand at the end. */
export function readLayout(text: string | null): Layout {
  let stored: Partial<Layout> | null = null;
  try {
    stored = JSON.parse(text ?? 'null') as Partial<Layout> | null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { visibility, order, sizing } = stored ?? {};
  const known = new Set(INITIAL_LAYOUT.order);
  const chosen = Array.isArray(order) ? [...new Set(order)].filter((id) => known.has(id)) : [];
  const entriesOf = (value: unknown) => (typeof value === 'object' && value ? Object.entries(value) : []);
  const shown = entriesOf(visibility).filter(([id, on]) => known.has(id) && typeof on === 'boolean');
  const sizes = entriesOf(sizing).filter(([id, px]) => known.has(id) && typeof px === 'number' && px >= LEAST_SIZE_PX);
  return {
    visibility: { ...INITIAL_LAYOUT.visibility, ...(Object.fromEntries(shown) as Record<string, boolean>) },
    order: [...chosen, ...INITIAL_LAYOUT.order.filter((id) => !chosen.includes(id))],
    sizing: Object.fromEntries(sizes) as Record<string, number>,
  };
}
