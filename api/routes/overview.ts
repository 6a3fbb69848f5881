import { answers } from '../../schemas/api/envelope.ts';
import { Overview } from '../../schemas/api/overview.ts';
import { OverviewQuery } from '../../schemas/api/parameters.ts';
import { toTime } from '../../platform/clock.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { App, RouteContext } from '../context.ts';
import { rowFilterOf } from '../filter.ts';
import { getRecordedSince } from '../queries/clusters.ts';
import { countMatches } from '../queries/exceptions.ts';
import { listGroups } from '../queries/groups.ts';
import {
  compareClusters,
  compareReasons,
  compareSignals,
  compareWorkloads,
  type Periods,
} from '../queries/overview.ts';
import { compareStates } from '../queries/signals-now.ts';
import type { Scope } from '../scope.ts';
import { closeRange, parseRange } from '../times.ts';

const DAY_MS = 24 * 3_600_000;
const NEW_GROUPS = 10;

async function readOverview(scope: Scope, store: Store, periods: Periods, options: QueryOptions): Promise<Overview> {
  const { filter, from, to, previousFrom } = periods;
  const current = { ...filter, from, to, firstSeenFrom: from };
  const before = { ...filter, from: previousFrom, to: from, firstSeenFrom: previousFrom };
  const most = {
    filter: current,
    sort: 'count',
    order: 'desc',
    after: null,
    offset: 0,
    limit: NEW_GROUPS,
  } as const;
  const [signals, states, byReason, byCluster, workloads, newNow, newBefore, newGroups, recordedSince] =
    await Promise.all([
      compareSignals(scope, store, periods, options),
      compareStates(scope, store, { lists: filter.lists, from, to }, options),
      compareReasons(scope, store, periods, options),
      compareClusters(scope, store, periods, options),
      compareWorkloads(scope, store, periods, options),
      countMatches(scope, store, { filter: current, of: 'groups' }, options),
      countMatches(scope, store, { filter: before, of: 'groups' }, options),
      listGroups(scope, store, most, options),
      getRecordedSince(scope, store, { cluster: filter.lists.cluster }, options),
    ]);
  return {
    from: toTime(from),
    to: toTime(to),
    previous: { from: toTime(previousFrom), to: toTime(from) },
    recorded_since: recordedSince,
    signals: { ...signals, new_groups: { current: newNow, previous: newBefore }, ...states },
    by_reason: byReason,
    by_cluster: byCluster,
    workloads,
    new_groups: newGroups,
  };
}

/** The state of things at a glance, beside the period before. */
export function overviewRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const schema = {
    operationId: 'getOverview',
    summary: 'What died and got stuck, against the period before',
    description:
      'Only what is reported, in from..to (default: the last 24 hours). Types are not to be summed: a crash loop is some deaths and one spell. Services and rollouts are counted as they stood at the end of the period and at its beginning.',
    tags: ['exceptions'],
    querystring: OverviewQuery,
    response: answers(Overview),
  };
  app.get('/api/v1/overview', { schema }, (request, reply) => {
    const range = closeRange(parseRange(request.query), DAY_MS, clock.now());
    const previousFrom = Math.max(0, range.from - (range.to - range.from));
    const periods = { filter: rowFilterOf(request.query), ...range, previousFrom };
    return readOverview(principal(request).scope, store, periods, limits(reply));
  });
}
