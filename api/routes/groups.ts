import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import { groupNotesTable, type GroupNoteRow } from '../../schemas/exceptions.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import { GroupChange, GroupNote, GroupPage, type GroupItem } from '../../schemas/api/exceptions.ts';
import { GroupsQuery } from '../../schemas/api/parameters.ts';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import type { Principal } from '../auth.ts';
import type { App, RouteContext } from '../context.ts';
import { cursorFits, decodeCursor, encodeCursor } from '../cursor.ts';
import { filterOf } from '../filter.ts';
import { countMatches } from '../queries/exceptions.ts';
import { getGroupNote, groupExists, listGroups } from '../queries/groups.ts';
import { limitsOf } from './exceptions.ts';

async function changeNote(
  { scope, name }: Principal,
  { store, clock }: RouteContext,
  request: { fingerprint: string; change: GroupChange },
  options: QueryOptions,
): Promise<GroupNote> {
  const { fingerprint, change } = request;
  if (!(await groupExists(scope, store, fingerprint, options))) {
    throw new AppError('not_found', 'there is no group with this fingerprint');
  }
  const before = await getGroupNote(scope, store, fingerprint, options);
  const updatedAt = Math.max(clock.now(), before ? Date.parse(before.updated_at) + 1 : 0);
  const after: GroupNote = {
    fingerprint,
    acknowledged: change.acknowledged ?? before?.acknowledged ?? false,
    owner: change.owner?.toWellFormed() ?? before?.owner ?? '',
    note: change.note?.toWellFormed() ?? before?.note ?? '',
    updated_by: name,
    updated_at: toTime(updatedAt),
  };
  const row: GroupNoteRow = { ...after, acknowledged: after.acknowledged ? 1 : 0 };
  await store.insert(groupNotesTable, [row], { token: `group-note:${fingerprint}:${randomUUID()}` });
  return after;
}

/** Exceptions by fingerprint, and what people say of each group. */
export function groupRoutes(app: App, context: RouteContext): void {
  const { store, principal, limits } = context;
  // Changes are made one after another, so that two people who change different fields both keep theirs.
  let lastChange: Promise<unknown> = Promise.resolve();

  const list = {
    operationId: 'listGroups',
    summary: 'The same failure over pods, releases and clusters, the last seen first',
    description:
      'Filters as for the list of exceptions; counts and times are of what the filter finds, but for first_seen_ever. The pages after the first leave out what came later than it.',
    tags: ['groups'],
    querystring: GroupsQuery,
    response: answers(GroupPage),
  };
  app.get('/api/v1/exceptions/groups', { schema: list }, async (request, reply): Promise<Page<GroupItem>> => {
    const { scope } = principal(request);
    const { cursor, limit, sort, order, offset, acknowledged } = request.query;
    const goesByCursor = cursorFits(request.query, 'last_seen');
    const wanted = filterOf(request.query);
    const filter = { ...wanted, acknowledged, ...(request.query.new ? { firstSeenFrom: wanted.from ?? 0 } : {}) };
    const options = limits(reply, limitsOf(filter));
    const key = cursor === undefined ? null : decodeCursor('groups', ['number', 'string', 'number'], cursor);
    const after = key && { lastSeenMs: key[0], fingerprint: key[1], asOfMs: key[2] };
    const [found, total] = await Promise.all([
      listGroups(scope, store, { filter, after, limit: limit + 1, sort, order, offset }, options),
      countMatches(scope, store, { filter, of: 'groups' }, options),
    ]);
    const items = found.slice(0, limit);
    const [first, last] = [items[0], items.at(-1)];
    if (!goesByCursor || found.length <= limit || !first || !last) return { items, next: null, total };
    const asOf = after?.asOfMs ?? Date.parse(first.last_seen);
    return { items, next: encodeCursor('groups', [Date.parse(last.last_seen), last.fingerprint, asOf]), total };
  });

  const change = {
    operationId: 'changeGroup',
    summary: 'Acknowledge a group, name its owner, leave a note',
    description: 'Needs the role operator.',
    tags: ['groups'],
    params: Type.Object({ fingerprint: Type.String({ minLength: 1, maxLength: 300 }) }),
    body: GroupChange,
    response: answers(GroupNote),
  };
  app.patch(
    '/api/v1/exceptions/groups/:fingerprint',
    { schema: change, config: { access: 'operator' } },
    (request, reply) => {
      const work = () =>
        changeNote(
          principal(request),
          context,
          { fingerprint: request.params.fingerprint, change: request.body },
          limits(reply),
        );
      const done = lastChange.then(work, work);
      lastChange = done;
      return done;
    },
  );
}
