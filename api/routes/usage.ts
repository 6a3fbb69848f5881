import type { FastifyReply, FastifyRequest } from 'fastify';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import {
  GROUP_USAGE_SORTS,
  UsageCsvQuery,
  UsagePodsQuery,
  UsageSeriesQuery,
  type UsageBy,
  type UsageFilterField,
  type UsageSort,
} from '../../schemas/api/usage-parameters.ts';
import { UsagePage, UsageSeries } from '../../schemas/api/usage.ts';
import { GROUPED_MEASURES, type Measure } from '../../schemas/usage.ts';
import { attachment, file, stamp } from '../attachments.ts';
import type { App, RouteContext } from '../context.ts';
import { figureRange } from '../figure-range.ts';
import { listUsage } from '../queries/usage/figures.ts';
import { listImported } from '../queries/usage/imports.ts';
import { listUsageSteps } from '../queries/usage/series.ts';
import type { Scope } from '../scope.ts';
import { only } from '../selection.ts';
import { csvOfUsage } from '../usage/csv.ts';
import { cutsAcrossGroups, readUsageFilter, type UsageFilter } from '../usage/filter.ts';
import { completeOf, toTotals, toUsageItem } from '../usage/items.ts';
import { readKept } from '../usage/kept.ts';
import { planRange, resolutionOf } from '../usage/parts.ts';
import { gridOf, longestOfInstants, planGrid, seriesOf } from '../usage/series.ts';

/** More than a spreadsheet is pleasant with; of more the filters have to tell less. */
const CSV_ROWS = 50_000;

const refused = (parameter: string, message: string): AppError =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: 'querystring', parameter, message }] },
  });

function requireSort(by: UsageBy, sort: UsageSort): void {
  if (by === 'pod' || (GROUP_USAGE_SORTS as readonly UsageSort[]).includes(sort)) return;
  throw refused('sort', `${sort} orders pods, not groups`);
}

type TableQuery = Partial<Record<UsageFilterField, readonly string[]>> & {
  by: UsageBy;
  from?: string;
  to?: string;
  sort: UsageSort;
  order: 'asc' | 'desc';
};

async function readTable(
  scope: Scope,
  { store, clock, retention }: RouteContext,
  request: { query: TableQuery; limit: number; offset: number },
  options: QueryOptions,
): Promise<UsagePage> {
  const { query, limit, offset } = request;
  const { by, sort, order } = query;
  requireSort(by, sort);
  const filter = readUsageFilter(query);
  const nowMs = clock.now();
  const asked = figureRange(query, nowMs);
  const kept = await readKept(scope, store, { filter, range: asked, nowMs, retention }, options);
  const plan = planRange(asked, kept, cutsAcrossGroups(by, filter, scope));
  const { range } = plan;
  const imported = await listImported(scope, store, { filter, period: range }, options);
  const choice = { by, filter, plan, sort, order, limit, offset, imported };
  const { rows, totals, plan: read } = await listUsage(scope, store, choice, options);
  return {
    items: rows.map((row) => toUsageItem(row, by, plan)),
    next: null,
    total: totals.total,
    from: toTime(range.from),
    to: toTime(range.to),
    by,
    resolution: resolutionOf(read),
    complete: completeOf(imported, range),
    totals: toTotals(totals),
  };
}

/** What every pod used against what it asked for. */
export function usageRoutes(app: App, context: RouteContext): void {
  const { principal, limits, clock } = context;

  const pods = {
    operationId: 'listUsage',
    summary: 'CPU, memory and GPU used against requests and limits, by pod or summed by group',
    description:
      'Over from..to (default: the last 30 days; never later than now). What is not known is null, never 0. Page by offset; next is always null. A group is summed at each instant first: its maximum is that of the sum.',
    tags: ['usage'],
    querystring: UsagePodsQuery,
    response: answers(UsagePage),
  };
  app.get('/api/v1/usage/pods', { schema: pods }, (request, reply): Promise<UsagePage> => {
    const { limit, offset, ...query } = request.query;
    return readTable(principal(request).scope, context, { query, limit, offset }, limits(reply));
  });

  const csv = {
    operationId: 'exportUsage',
    summary: 'The same table as CSV',
    description: `All rows, at most ${CSV_ROWS.toLocaleString('en')}; more are refused. Cores and bytes in full; an empty cell is not known. UTF-8 with a byte order mark; formulas begin with '.`,
    tags: ['usage'],
    querystring: UsageCsvQuery,
    response: file('text/csv', 'A header, and a line for each row'),
  };
  app.get('/api/v1/usage/pods.csv', { schema: csv }, async (request, reply) => {
    const { scope } = principal(request);
    const table = { query: request.query, limit: CSV_ROWS, offset: 0 };
    const found = await readTable(scope, context, table, limits(reply, 'search'));
    if (found.total > CSV_ROWS) {
      throw new AppError(
        'bad_request',
        `${found.total} rows are too many for one file: narrow the filters or the range`,
      );
    }
    reply.header('content-type', 'text/csv; charset=utf-8');
    reply.header('content-disposition', attachment(`tidemark-usage-${found.by}-${stamp(toTime(clock.now()))}.csv`));
    return csvOfUsage(found.items, found);
  });

  seriesRoute(app, context);
}

interface SeriesName {
  readonly by: UsageBy;
  readonly cluster: string;
  readonly namespace?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

/** The filter that finds one pod or group. Throws AppError `bad_request` where a part of its name is missing. */
function filterOfOne({ by, cluster, namespace, kind, name }: SeriesName): UsageFilter {
  const place = { cluster: only(cluster) };
  if (by === 'cluster') return place;
  if (by === 'team' || by === 'node') {
    if (name === undefined) throw refused('name', 'is needed');
    return { ...place, [by]: only(name) };
  }
  if (namespace === undefined) throw refused('namespace', 'is needed');
  if (by === 'namespace') return { ...place, namespace: only(namespace) };
  if (name === undefined) throw refused('name', 'is needed');
  const workload = kind === undefined ? name : `${kind}/${name}`;
  return { ...place, namespace: only(namespace), [by]: only(by === 'workload' ? workload : name) };
}

function requireMeasures(by: UsageBy, measures: readonly Measure[]): void {
  if (by === 'pod') return;
  const unsummed = measures.filter((one) => !(GROUPED_MEASURES as readonly Measure[]).includes(one));
  if (unsummed.length > 0) throw refused('metrics', `${unsummed.join(', ')} cannot be summed over pods`);
}

function seriesRoute(app: App, context: RouteContext): void {
  const { store, clock, principal, limits, retention } = context;
  const schema = {
    operationId: 'getUsageSeries',
    summary: 'What one pod or group used over time',
    description:
      'Averages and maxima of each step, requests and limits as steps. A pod, workload or namespace of that name that there never was has nulls. Rollouts and exceptions for marks come from their own lists.',
    tags: ['usage'],
    querystring: UsageSeriesQuery,
    response: answers(UsageSeries),
  };
  async function read(
    request: FastifyRequest<{ Querystring: SeriesQuery }>,
    reply: FastifyReply,
  ): Promise<UsageSeries> {
    const { scope } = principal(request);
    const options = limits(reply);
    const { by, metrics, points, ...query } = request.query;
    requireMeasures(by, metrics);
    const filter = filterOfOne({ by, ...query });
    const nowMs = clock.now();
    const asked = figureRange(query, nowMs);
    const many = by !== 'pod';
    const about = { filter, range: asked, nowMs, retention, instantsUpToMs: longestOfInstants(many) };
    const kept = await readKept(scope, store, about, options);
    const grid = gridOf(asked, points, many, kept);
    const plan = planGrid(grid, asked, kept, cutsAcrossGroups(by, filter, scope));
    const { range } = plan;
    const [steps, imported] = await Promise.all([
      listUsageSteps(scope, store, { by, filter, plan, measures: metrics, slotMs: grid.slotMs }, options),
      listImported(scope, store, { filter, period: range }, options),
    ]);
    return {
      from: toTime(range.from),
      to: toTime(range.to),
      resolution: resolutionOf(plan),
      complete: completeOf(imported, range),
      ...seriesOf(steps, grid, metrics, plan.estimated),
    };
  }
  app.get('/api/v1/usage/series', { schema }, read);
}

type SeriesQuery = SeriesName & {
  readonly metrics: readonly Measure[];
  readonly points: number;
  readonly from?: string;
  readonly to?: string;
};
