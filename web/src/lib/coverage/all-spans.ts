import { api, body, type Query } from '../api/client.ts';
import type { CoverageSpan } from './segments.ts';

const PAGE = 5000;
const MOST_PAGES = 4;
/** As many spans as are asked for one bar. */
export const MOST_SPANS = PAGE * MOST_PAGES;

/** Every span of the range, page by page up to a bound. `more`: the bound was reached before the end. */
export async function coverageSpans(
  query: Query<'listCoverage'>,
  signal: AbortSignal,
): Promise<{ spans: CoverageSpan[]; more: boolean }> {
  const spans: CoverageSpan[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const asked: Query<'listCoverage'> = { ...query, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const { items, next }: { items: CoverageSpan[]; next: string | null } = await body(
      api.GET('/api/v1/coverage', { params: { query: asked }, signal }),
    );
    spans.push(...items);
    cursor = next;
    if (cursor === null) return { spans, more: false };
  }
  return { spans, more: true };
}
