import Type from 'typebox';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import {
  ExceptionDetail,
  ExceptionPage,
  Histogram,
  Suppressed,
  type ExceptionItem,
} from '../../schemas/api/exceptions.ts';
import { HistogramQuery, ListQuery, SuppressedQuery, type ExceptionFilters } from '../../schemas/api/parameters.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import type { App, RouteContext } from '../context.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { bucketSecondsFor, toHistogram } from '../histogram.ts';
import type { ExceptionFilter } from '../queries/exception-filter.ts';
import { countExceptions, countSuppressed, getException, listExceptions } from '../queries/exceptions.ts';
import { countByBucket } from '../queries/histogram.ts';
import { getLog, getPodBefore, listContainerSiblings, listEvents, listGroupSiblings } from '../queries/neighbours.ts';
import type { Scope } from '../scope.ts';
import { parseRange } from '../times.ts';

const DAY_MS = 24 * 3_600_000;

/** The filter of a request; without a verdict only what is reported. */
export function filterOf(query: ExceptionFilters): ExceptionFilter {
  const { from, to, ...filters } = query;
  return { ...filters, verdict: filters.verdict ?? ['reported'], ...parseRange({ from, to }) };
}

/** A search reads logs and is given more time. */
export const limitsOf = (filter: ExceptionFilter): 'search' | undefined =>
  filter.q === undefined ? undefined : 'search';

async function readDetail(
  scope: Scope,
  { store }: RouteContext,
  id: string,
  options: QueryOptions,
): Promise<ExceptionDetail> {
  const exception = await getException(scope, store, id, options);
  if (!exception) throw new AppError('not_found', 'there is no exception with this id');
  const [log, events, container, fingerprint, pod] = await Promise.all([
    getLog(scope, store, exception, options),
    listEvents(scope, store, exception, options),
    listContainerSiblings(scope, store, exception, options),
    listGroupSiblings(scope, store, exception, options),
    getPodBefore(scope, store, exception, options),
  ]);
  const { text = '', ...meta } = log ?? {};
  return {
    ...exception,
    log: text,
    log_meta: log ? (meta as Omit<typeof log, 'text'>) : null,
    events,
    siblings: { container, fingerprint },
    spec: pod && { ...pod, object: JSON.parse(pod.object) as unknown },
  };
}

/** Lists, counts and shows exceptions. */
export function exceptionRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits } = context;

  const list = {
    operationId: 'listExceptions',
    summary: 'Exceptions, newest first',
    description: 'Without from and to: everything that is kept. Only what is reported, unless verdict says otherwise.',
    tags: ['exceptions'],
    querystring: ListQuery,
    response: answers(ExceptionPage),
  };
  app.get('/api/v1/exceptions', { schema: list }, async (request, reply): Promise<Page<ExceptionItem>> => {
    const { scope } = principal(request);
    const { cursor, limit, ...query } = request.query;
    const filter = filterOf(query);
    const options = limits(reply, limitsOf(filter));
    const key = cursor === undefined ? null : decodeCursor('exceptions', ['number', 'string'], cursor);
    const after = key && { observedAtMs: key[0], id: key[1] };
    const [found, total] = await Promise.all([
      listExceptions(scope, store, { filter, after, limit: limit + 1 }, options),
      countExceptions(scope, store, filter, options),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next =
      found.length > limit && last ? encodeCursor('exceptions', [Date.parse(last.observed_at), last.id]) : null;
    return { items, next, total };
  });

  const suppressed = {
    operationId: 'countSuppressed',
    summary: 'How many exceptions each rule suppressed',
    description: 'The same filters as the list; verdict is not looked at.',
    tags: ['exceptions'],
    querystring: SuppressedQuery,
    response: answers(Suppressed),
  };
  app.get('/api/v1/exceptions/suppressed', { schema: suppressed }, (request, reply) => {
    const filter = filterOf(request.query);
    return countSuppressed(principal(request).scope, store, filter, limits(reply, limitsOf(filter)));
  });

  const histogram = {
    operationId: 'exceptionHistogram',
    summary: 'Exceptions over time, split by reason, cluster, namespace, type or verdict',
    description:
      'Without from and to: the last 24 hours. Bars are aligned to UTC and come without holes. Only what is reported, unless verdict or by=verdict says otherwise.',
    tags: ['exceptions'],
    querystring: HistogramQuery,
    response: answers(Histogram),
  };
  app.get('/api/v1/exceptions/histogram', { schema: histogram }, async (request, reply) => {
    const { bucket, by, ...query } = request.query;
    const filter = filterOf(query);
    if (by === 'verdict') filter.verdict = query.verdict;
    const to = filter.to ?? Math.max(clock.now(), (filter.from ?? 0) + 1);
    const range = { from: filter.from ?? to - DAY_MS, to };
    const bucketSeconds = bucketSecondsFor(bucket, range);
    const rows = await countByBucket(
      principal(request).scope,
      store,
      { filter: { ...filter, ...range }, bucketSeconds, by },
      limits(reply, limitsOf(filter)),
    );
    return toHistogram(rows, { ...range, bucketSeconds, by });
  });

  const detail = {
    operationId: 'getException',
    summary: 'One exception with its log, events, siblings and the pod as it was',
    tags: ['exceptions'],
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) }),
    response: answers(ExceptionDetail),
  };
  app.get('/api/v1/exceptions/:id', { schema: detail }, (request, reply) =>
    readDetail(principal(request).scope, context, request.params.id, limits(reply)),
  );
}
