import { randomUUID } from 'node:crypto';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { fromTime, toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import { MaintenanceItem, MaintenanceNew, MaintenancePage } from '../../schemas/api/maintenance.ts';
import { MaintenanceQuery } from '../../schemas/api/service-parameters.ts';
import { maintenanceTable, type MaintenanceRow } from '../../schemas/outages.ts';
import type { App, RouteContext } from '../context.ts';
import { getWindow, listWindows } from '../queries/maintenance.ts';
import { inScope, seesEveryCluster, seesEveryNamespace, type Scope } from '../scope.ts';
import { readServiceFilter } from '../service-filter.ts';
import { parseRange } from '../times.ts';

const DAY_MS = 24 * 3_600_000;
const LONGEST_MS = 31 * DAY_MS;
const FARTHEST_MS = 366 * DAY_MS;

/** A window takes time out of the figures of all that it matches: all of it must lie in the writer's scope. */
function requireReach(scope: Scope, { cluster, namespace }: Pick<MaintenanceItem, 'cluster' | 'namespace'>): void {
  const clusters = cluster !== '' || seesEveryCluster(scope);
  const namespaces = namespace !== '' || seesEveryNamespace(scope);
  const within = inScope(
    { ...scope, ...(cluster === '' ? { clusters: ['*'] } : {}), ...(namespace === '' ? { namespaces: ['*'] } : {}) },
    cluster,
    namespace,
  );
  if (clusters && namespaces && within) return;
  throw new AppError('forbidden', 'the window reaches beyond what you may see');
}

const badTime = (parameter: 'from' | 'to', message: string) =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: 'body', parameter, message }] },
  });

function requireTimes({ from, to }: Pick<MaintenanceNew, 'from' | 'to'>, nowMs: number): void {
  const lengthMs = fromTime(to) - fromTime(from);
  if (lengthMs <= 0 || lengthMs > LONGEST_MS) throw badTime('to', 'must lie after from, at most 31 days');
  if (Math.abs(fromTime(from) - nowMs) > FARTHEST_MS) throw badTime('from', 'must lie at most a year from now');
}

/** Windows in which an outage is announced. */
export function maintenanceRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const write = (item: MaintenanceItem, deleted: 0 | 1) => {
    const row: MaintenanceRow = { ...item, deleted };
    return store.insert(maintenanceTable, [row], { token: `maintenance:${item.id}:${randomUUID()}` });
  };

  const list = {
    operationId: 'listMaintenance',
    summary: 'Maintenance windows: those that last, then the nearest to now',
    description:
      'Those that touch from..to; without them all. A window of all clusters, namespaces or services comes with any filter. No pages: at most 1,000, and at most 200 of a namespace.',
    tags: ['maintenance'],
    querystring: MaintenanceQuery,
    response: answers(MaintenancePage),
  };
  app.get('/api/v1/maintenance', { schema: list }, async (request, reply): Promise<Page<MaintenanceItem>> => {
    const filter = { ...readServiceFilter(request.query), ...parseRange(request.query) };
    const items = await listWindows(principal(request).scope, store, { filter, nowMs: clock.now() }, limits(reply));
    return { items, next: null, total: items.length };
  });

  const create = {
    operationId: 'announceMaintenance',
    summary: 'Announce a window',
    description:
      'Needs the role operator, and a scope that holds all that the window is about. What lies in it counts neither for nor against availability, also where it is announced afterwards; availability_with_maintenance counts it.',
    tags: ['maintenance'],
    body: MaintenanceNew,
    response: answers(MaintenanceItem),
  };
  // Nothing is made of what was not said: a null taken as '' would be a window of everything.
  const said = { validatorCompiler: TypeBoxValidatorCompiler, config: { access: 'operator' } } as const;
  app.post('/api/v1/maintenance', { schema: create, ...said }, async (request) => {
    const { scope, name } = principal(request);
    const { cluster, namespace, service, from, to, reason } = request.body;
    requireTimes(request.body, clock.now());
    requireReach(scope, { cluster, namespace });
    const item: MaintenanceItem = {
      id: randomUUID(),
      cluster: cluster.toWellFormed(),
      namespace: namespace.toWellFormed(),
      service: service.toWellFormed(),
      from: toTime(fromTime(from)),
      to: toTime(fromTime(to)),
      reason: reason.toWellFormed(),
      updated_by: name,
      updated_at: toTime(clock.now()),
    };
    await write(item, 0);
    return item;
  });

  const remove = {
    operationId: 'withdrawMaintenance',
    summary: 'Withdraw a window',
    description: 'Needs the role operator, and a scope that holds all that the window is about. Answers what it was.',
    tags: ['maintenance'],
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) }),
    response: answers(MaintenanceItem),
  };
  app.delete('/api/v1/maintenance/:id', { schema: remove, config: { access: 'operator' } }, async (request, reply) => {
    const { scope, name } = principal(request);
    const before = await getWindow(scope, store, request.params.id, limits(reply));
    if (!before) throw new AppError('not_found', 'there is no window with this id');
    requireReach(scope, before);
    const updatedAt = toTime(Math.max(clock.now(), fromTime(before.updated_at) + 1));
    const withdrawn = { ...before, updated_by: name, updated_at: updatedAt };
    await write(withdrawn, 1);
    return withdrawn;
  });
}
