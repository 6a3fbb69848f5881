import Type from 'typebox';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import {
  ExceptionDetail,
  ExceptionPage,
  Facets,
  Histogram,
  Suppressed,
  type ExceptionItem,
} from '../../schemas/api/exceptions.ts';
import { FacetsQuery, HistogramQuery, ListQuery, SuppressedQuery } from '../../schemas/api/parameters.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import type { App, RouteContext } from '../context.ts';
import { cursorFits, decodeCursor, encodeCursor } from '../cursor.ts';
import { filterOf, without, type ExceptionFilter } from '../filter.ts';
import { bucketSecondsFor, toHistogram } from '../histogram.ts';
import { countMatches, countSuppressed, getException, listExceptions } from '../queries/exceptions.ts';
import { countValues } from '../queries/facets.ts';
import { countByBucket } from '../queries/histogram.ts';
import { getLog, getPodBefore, listContainerSiblings, listEvents, listGroupSiblings } from '../queries/neighbours.ts';
import type { Scope } from '../scope.ts';
import { closeRange } from '../times.ts';

const DAY_MS = 24 * 3_600_000;

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
    description:
      'Without from and to: everything that is kept. Only what is reported, unless verdict says otherwise. Page by next, or in another order by offset; next is null there.',
    tags: ['exceptions'],
    querystring: ListQuery,
    response: answers(ExceptionPage),
  };
  app.get('/api/v1/exceptions', { schema: list }, async (request, reply): Promise<Page<ExceptionItem>> => {
    const { scope } = principal(request);
    const { cursor, limit, sort, order, offset } = request.query;
    const goesByCursor = cursorFits(request.query, 'observed_at');
    const filter = filterOf(request.query);
    const options = limits(reply, limitsOf(filter));
    const key = cursor === undefined ? null : decodeCursor('exceptions', ['number', 'string'], cursor);
    const after = key && { observedAtMs: key[0], id: key[1] };
    const [found, total] = await Promise.all([
      listExceptions(scope, store, { filter, after, limit: limit + 1, sort, order, offset }, options),
      countMatches(scope, store, { filter, of: 'rows' }, options),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const more = goesByCursor && found.length > limit && last;
    return { items, next: more ? encodeCursor('exceptions', [Date.parse(last.observed_at), last.id]) : null, total };
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
    const { bucket, by } = request.query;
    const asked = filterOf(request.query);
    const filter = by === 'verdict' && !request.query.verdict ? without(asked, 'verdict') : asked;
    const range = closeRange(filter, DAY_MS, clock.now());
    const bucketSeconds = bucketSecondsFor(bucket, range);
    const rows = await countByBucket(
      principal(request).scope,
      store,
      { filter: { ...filter, ...range }, bucketSeconds, by },
      limits(reply, limitsOf(filter)),
    );
    return toHistogram(rows, { ...range, bucketSeconds, by });
  });

  const facets = {
    operationId: 'exceptionFacets',
    summary: "A filter's values and how often each comes",
    description: "All filters hold but the field's own.",
    tags: ['exceptions'],
    querystring: FacetsQuery,
    response: answers(Facets),
  };
  app.get('/api/v1/exceptions/facets', { schema: facets }, (request, reply) => {
    const { field, search, limit } = request.query;
    const filter = filterOf(request.query);
    return countValues(
      principal(request).scope,
      store,
      { filter, field, search, limit },
      limits(reply, limitsOf(filter)),
    );
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
