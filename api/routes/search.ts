import { answers } from '../../schemas/api/envelope.ts';
import { SearchQuery } from '../../schemas/api/parameters.ts';
import { SearchResult } from '../../schemas/api/search.ts';
import type { App, RouteContext } from '../context.ts';
import { readLists } from '../filter.ts';
import { searchNames } from '../queries/search.ts';
import { parseRange } from '../times.ts';

const MONTH_MS = 30 * 24 * 3_600_000;

/** Finds things by a part of their name, among those that have exceptions. */
export function searchRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const schema = {
    operationId: 'search',
    summary: 'Workloads, pods, containers, nodes, namespaces and groups by a part of their name',
    description:
      'Among what has exceptions, reported or suppressed, in from..to (default: the last 30 days). Groups are found by their workload and container, reason, hint and the beginning of their fingerprint too. Whole names come first, then beginnings, then parts; the newest first among equals.',
    tags: ['search'],
    querystring: SearchQuery,
    response: answers(SearchResult),
  };
  app.get('/api/v1/search', { schema }, async (request, reply) => {
    const { q, limit, ...query } = request.query;
    const range = parseRange(query);
    const from = range.from ?? (range.to ?? clock.now()) - MONTH_MS;
    const filter = { lists: readLists(query), ...range, from };
    const items = await searchNames(principal(request).scope, store, { q, filter, limit }, limits(reply));
    return { items };
  });
}
