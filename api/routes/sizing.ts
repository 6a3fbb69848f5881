import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { SizingName, SizingOneQuery, SizingQuery } from '../../schemas/api/sizing-parameters.ts';
import { SizingOne, SizingPage } from '../../schemas/api/sizing.ts';
import type { App, RouteContext } from '../context.ts';
import type { Period } from '../queries/service-conditions.ts';
import type { Scope } from '../scope.ts';
import { only, readSelection } from '../selection.ts';
import { toSizingItem, toSpread } from '../sizing/items.ts';
import { MOST_WORKLOADS, readSizing, type Imported } from '../sizing/read.ts';
import { countVerdicts, sorted, totalsOf, withVerdict } from '../sizing/table.ts';
import { closeRange, parseRange } from '../times.ts';
import { readUsageFilter, type UsageFilter } from '../usage/filter.ts';
import { completeOf } from '../usage/items.ts';
import { readKept } from '../usage/kept.ts';
import { planRange, resolutionOf, type Plan } from '../usage/parts.ts';

/** Long enough for what differs between days of the week; VPA's recommender looks back 8 days. */
const WEEK_MS = 7 * 24 * 3_600_000;

function rangeOf(query: { from?: string | undefined; to?: string | undefined }, nowMs: number): Period {
  const { from, to } = closeRange(parseRange(query), WEEK_MS, nowMs);
  return { from: Math.min(from, nowMs), to: Math.min(to, nowMs) };
}

/** What is read for the range that is asked for. */
async function planOf(
  scope: Scope,
  { store, clock, retention }: RouteContext,
  request: { filter: UsageFilter; query: { from?: string | undefined; to?: string | undefined } },
  options: QueryOptions,
): Promise<Plan> {
  const nowMs = clock.now();
  const range = rangeOf(request.query, nowMs);
  return planRange(range, await readKept(scope, store, { filter: request.filter, range, nowMs, retention }, options));
}

const aboutRange = (plan: Plan, imported: Imported) => ({
  from: toTime(plan.range.from),
  to: toTime(plan.range.to),
  resolution: resolutionOf(plan),
  complete: completeOf(imported, plan.range),
});

/** All workloads judged. Throws AppError `bad_request` where they are too many. */
async function readAll(...asked: Parameters<typeof readSizing>) {
  const found = await readSizing(...asked);
  if (!found) throw new AppError('bad_request', `more than ${MOST_WORKLOADS} workloads: narrow the filters`);
  return found;
}

/** What workloads should request, and how that follows from what they used. */
export function sizingRoutes(app: App, context: RouteContext): void {
  const { store, principal, limits, sizing } = context;

  const list = {
    operationId: 'listSizing',
    summary: 'Verdicts, recommended requests and limits, and savings by workload',
    description:
      'Over from..to (default: the last 7 days; never later than now). Recommendations are of one pod. Page by offset; next is always null.',
    tags: ['usage'],
    querystring: SizingQuery,
    response: answers(SizingPage),
  };
  app.get('/api/v1/usage/sizing', { schema: list }, async (request, reply): Promise<SizingPage> => {
    const { verdict, sort, order, limit, offset, from, to, ...query } = request.query;
    const { scope } = principal(request);
    const options = limits(reply);
    const filter = readUsageFilter(query);
    const plan = await planOf(scope, context, { filter, query: { from, to } }, options);
    const { sized, imported } = await readAll(scope, store, { filter, plan, sizing }, options);
    const wanted = withVerdict(sized, verdict && readSelection(verdict));
    return {
      items: sorted(wanted, sort, order)
        .slice(offset, offset + limit)
        .map(toSizingItem),
      next: null,
      total: wanted.length,
      ...aboutRange(plan, imported),
      totals: totalsOf(wanted),
      verdicts: countVerdicts(sized),
    };
  });

  const one = {
    operationId: 'getSizing',
    summary: 'One workload: verdicts, recommendation, and the figures behind it',
    description: 'Over from..to (default: the last 7 days). 404 where nothing of it is known in the range.',
    tags: ['usage'],
    params: SizingName,
    querystring: SizingOneQuery,
    response: answers(SizingOne),
  };
  app.get(
    '/api/v1/usage/sizing/:cluster/:namespace/:kind/:name',
    { schema: one },
    async (request, reply): Promise<SizingOne> => {
      const { cluster, namespace, kind, name } = request.params;
      const filter = { cluster: only(cluster), namespace: only(namespace), workload: only(`${kind}/${name}`) };
      const { scope } = principal(request);
      const options = limits(reply);
      const plan = await planOf(scope, context, { filter, query: request.query }, options);
      const { sized, imported } = await readAll(scope, store, { filter, plan, sizing }, options);
      // A * in a name would stand for any characters.
      const found = sized.find(
        (row) => row.cluster === cluster && row.namespace === namespace && row.kind === kind && row.name === name,
      );
      if (!found) throw new AppError('not_found', 'nothing is known of this workload in the range');
      return { item: toSizingItem(found), spread: toSpread(found), ...aboutRange(plan, imported) };
    },
  );
}
