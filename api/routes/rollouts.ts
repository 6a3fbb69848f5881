import Type from 'typebox';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import { RolloutDetail, RolloutMarks, RolloutPage, type RolloutItem } from '../../schemas/api/rollouts.ts';
import { RolloutMarksQuery, RolloutsQuery } from '../../schemas/api/service-parameters.ts';
import type { App, RouteContext } from '../context.ts';
import { cursorFits, decodeCursor, encodeCursor } from '../cursor.ts';
import { countRollouts, getRollout, listRolloutMarks, listRollouts } from '../queries/rollouts.ts';
import { readServiceFilter } from '../service-filter.ts';
import { closeRange, parseRange } from '../times.ts';

const MAX_MARKS = 500;
const DAY_MS = 24 * 3_600_000;

/** What was released, and what came of it. */
export function rolloutRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const list = {
    operationId: 'listRollouts',
    summary: 'Rollouts, newest first',
    description:
      'Those that went on in from..to; without them everything that is kept. Page by next, or in another order by offset; next is null there.',
    tags: ['rollouts'],
    querystring: RolloutsQuery,
    response: answers(RolloutPage),
  };
  app.get('/api/v1/rollouts', { schema: list }, async (request, reply): Promise<Page<RolloutItem>> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const { cursor, limit, sort, order, offset } = request.query;
    const goesByCursor = cursorFits(request.query, 'started_at');
    const filter = { ...readServiceFilter(request.query), ...parseRange(request.query) };
    const key = cursor === undefined ? null : decodeCursor('rollouts', ['number', 'string'], cursor);
    const after = key && { startedAtMs: key[0], id: key[1] };
    const [found, total] = await Promise.all([
      listRollouts(scope, store, { filter, after, limit: limit + 1, sort, order, offset }, options),
      countRollouts(scope, store, filter, options),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const more = goesByCursor && found.length > limit && last;
    return { items, next: more ? encodeCursor('rollouts', [Date.parse(last.started_at), last.id]) : null, total };
  });

  const marks = {
    operationId: 'listRolloutMarks',
    summary: 'Rollouts as marks on a chart, oldest first',
    description: `Those that went on in from..to (default: the last 24 hours), at most the ${MAX_MARKS} newest; total counts all.`,
    tags: ['rollouts'],
    querystring: RolloutMarksQuery,
    response: answers(RolloutMarks),
  };
  app.get('/api/v1/rollouts/marks', { schema: marks }, async (request, reply) => {
    const { scope } = principal(request);
    const options = limits(reply);
    const range = closeRange(parseRange(request.query), DAY_MS, clock.now());
    const filter = { ...readServiceFilter(request.query), ...range };
    const [items, total] = await Promise.all([
      listRolloutMarks(scope, store, { filter, limit: MAX_MARKS }, options),
      countRollouts(scope, store, filter, options),
    ]);
    return { items, total };
  });

  const detail = {
    operationId: 'getRollout',
    summary: 'One rollout with what it changed',
    tags: ['rollouts'],
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) }),
    response: answers(RolloutDetail),
  };
  app.get('/api/v1/rollouts/:id', { schema: detail }, async (request, reply) => {
    const rollout = await getRollout(principal(request).scope, store, request.params.id, limits(reply));
    if (!rollout) throw new AppError('not_found', 'there is no rollout with this id');
    return rollout;
  });
}
