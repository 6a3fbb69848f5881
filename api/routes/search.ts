import { answers } from '../../schemas/api/envelope.ts';
import { SearchQuery } from '../../schemas/api/parameters.ts';
import { SearchResult } from '../../schemas/api/search.ts';
import type { App, RouteContext } from '../context.ts';
import { readLists } from '../filter.ts';
import { searchNames } from '../queries/search.ts';
import { searchServices } from '../queries/search-services.ts';
import { parseRange } from '../times.ts';

const MONTH_MS = 30 * 24 * 3_600_000;

/** Finds services, and what has exceptions, by a part of the name. */
export function searchRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const schema = {
    operationId: 'search',
    summary: 'Services, workloads, pods, containers, nodes, namespaces and groups by a part of their name',
    description:
      'Live services, and among what has exceptions, reported or suppressed, in from..to (default: the last 30 days). Groups are found by their workload and container, reason, hint and the beginning of their fingerprint too. Whole names come first, then beginnings, then parts; the newest first among equals.',
    tags: ['search'],
    querystring: SearchQuery,
    response: answers(SearchResult),
  };
  app.get('/api/v1/search', { schema }, async (request, reply) => {
    const { q, limit, ...query } = request.query;
    const range = parseRange(query);
    const from = range.from ?? (range.to ?? clock.now()) - MONTH_MS;
    const filter = { lists: readLists(query), ...range, from };
    const { scope } = principal(request);
    const options = limits(reply);
    const [services, others] = await Promise.all([
      searchServices(scope, store, { q, lists: filter.lists, limit }, options),
      searchNames(scope, store, { q, filter, limit }, options),
    ]);
    // Both come best first; where the match is as good, a service is what leads to the rest.
    const found = [...services, ...others].toSorted((a, b) => b.rank - a.rank).slice(0, limit);
    return { items: found.map(({ rank: _rank, ...item }) => item) };
  });
}
