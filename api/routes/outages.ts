import { Readable } from 'node:stream';
import Type from 'typebox';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import { OUTAGE_FIELDS, OutageDetail, OutagePage, type OutageItem } from '../../schemas/api/services.ts';
import { OutagesCsvQuery, OutagesQuery } from '../../schemas/api/service-parameters.ts';
import { attachment, file, stamp } from '../attachments.ts';
import type { App, RouteContext } from '../context.ts';
import { csvPages } from '../csv.ts';
import { cursorFits, decodeCursor, encodeCursor } from '../cursor.ts';
import { listExceptionsById } from '../queries/exception-ids.ts';
import {
  countOutages,
  getOutage,
  listOutages,
  outageKeyOf,
  type OutageFilter,
  type OutageKey,
} from '../queries/outages.ts';
import { getRollout } from '../queries/rollouts.ts';
import { only } from '../selection.ts';
import { readServiceFilter } from '../service-filter.ts';
import { parseRange } from '../times.ts';

const PAGE_ROWS = 2000;
const CSV_COLUMNS = [...OUTAGE_FIELDS, 'planned', 'blip', 'duration_s'];

type FilterQuery = Parameters<typeof readServiceFilter>[0] &
  Parameters<typeof parseRange>[0] & {
    planned?: boolean | undefined;
    blip?: boolean | undefined;
    min_seconds?: number | undefined;
  };

/** What is too large for a number is read as Infinity, to which a maximum of the schema does not apply. */
function requireFinite(parameter: string, value: number | undefined): void {
  if (value === undefined || Number.isFinite(value)) return;
  throw new AppError('bad_request', `${parameter} is too large`, {
    details: { problems: [{ in: 'querystring', parameter, message: 'is too large' }] },
  });
}

/** Without a kind only those in which a service was down. */
function filterOf(query: FilterQuery, nowMs: number): OutageFilter {
  requireFinite('min_seconds', query.min_seconds);
  const { lists } = readServiceFilter(query);
  return {
    lists: { kind: only('down'), ...lists },
    ...parseRange(query),
    planned: query.planned,
    blips: query.blip ?? false,
    minSeconds: query.min_seconds,
    nowMs,
  };
}

/** Intervals in which services were down, degraded, without a port, or off. */
export function outageRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const list = {
    operationId: 'listOutages',
    summary: 'Intervals in which services were down, newest first',
    description:
      'Those that touch from..to; without them everything that is kept. Only kind down and no blips, unless the filters say otherwise. Page by next, or in another order by offset; next is null there.',
    tags: ['services'],
    querystring: OutagesQuery,
    response: answers(OutagePage),
  };
  app.get('/api/v1/outages', { schema: list }, async (request, reply): Promise<Page<OutageItem>> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const { cursor, limit, sort, order, offset } = request.query;
    const goesByCursor = cursorFits(request.query, 'started_at');
    const filter = filterOf(request.query, clock.now());
    const key = cursor === undefined ? null : decodeCursor('outages', ['number', 'string'], cursor);
    const after = key && { startedAtMs: key[0], id: key[1] };
    const [found, total] = await Promise.all([
      listOutages(scope, store, { filter, after, limit: limit + 1, sort, order, offset }, options),
      countOutages(scope, store, filter, options),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const more = goesByCursor && found.length > limit && last;
    return { items, next: more ? encodeCursor('outages', [Date.parse(last.started_at), last.id]) : null, total };
  });

  const csv = {
    operationId: 'exportOutages',
    summary: 'The list of outages as CSV, newest first',
    description: "All that the filters find, not a page. UTF-8 with a byte order mark; formulas begin with '.",
    tags: ['services'],
    querystring: OutagesCsvQuery,
    response: file('text/csv', 'A header, and a line for each interval'),
  };
  app.get('/api/v1/outages.csv', { schema: csv }, async (request, reply) => {
    const { scope } = principal(request);
    const options = limits(reply);
    const filter = filterOf(request.query, clock.now());
    const order = { sort: 'started_at', order: 'desc', offset: 0, limit: PAGE_ROWS } as const;
    const page = (after: OutageKey | null) => listOutages(scope, store, { filter, after, ...order }, options);
    const first = await page(null);
    reply.header('content-type', 'text/csv; charset=utf-8');
    reply.header('content-disposition', attachment(`tidemark-outages-${stamp(toTime(clock.now()))}.csv`));
    const readPage = (last: OutageItem) => page(outageKeyOf(last));
    return reply.send(Readable.from(csvPages({ columns: CSV_COLUMNS, first, readPage, pageRows: PAGE_ROWS })));
  });

  const detail = {
    operationId: 'getOutage',
    summary: 'One interval with the rollout and the exceptions that caused it',
    tags: ['services'],
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) }),
    response: answers(OutageDetail),
  };
  app.get('/api/v1/outages/:id', { schema: detail }, async (request, reply): Promise<OutageDetail> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const outage = await getOutage(scope, store, request.params.id, options);
    if (!outage) throw new AppError('not_found', 'there is no outage with this id');
    const [rollout, deaths] = await Promise.all([
      outage.rollout === '' ? null : getRollout(scope, store, outage.rollout, options),
      listExceptionsById(scope, store, outage.exceptions, options),
    ]);
    const { changes: _told, ...causedBy } = rollout ?? { changes: [] };
    return { ...outage, caused_by: rollout && (causedBy as OutageDetail['caused_by']), deaths };
  });
}
