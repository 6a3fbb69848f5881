import Type from 'typebox';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import {
  EndpointSteps,
  ServiceDetail,
  ServicePage,
  type OutageItem,
  type ServiceItem,
  type ServiceStates,
} from '../../schemas/api/services.ts';
import {
  EndpointsQuery,
  ServiceGroupsQuery,
  ServiceQuery,
  ServicesQuery,
} from '../../schemas/api/service-parameters.ts';
import { ServiceGroups, type SlaDay } from '../../schemas/api/sla.ts';
import type { App, RouteContext } from '../context.ts';
import { figureRange, readZone } from '../figure-range.ts';
import type { Period, ServiceName } from '../queries/service-conditions.ts';
import {
  getEndpointsAt,
  hasService,
  listElsewhere,
  listEndpointSteps,
  listOutagesOf,
  listPorts,
} from '../queries/services.ts';
import type { Scope } from '../scope.ts';
import {
  hasFigures,
  linesBy,
  measureDays,
  measureServices,
  nameKey,
  type MeasuredService,
} from '../service-figures.ts';
import { readServiceFilter } from '../service-filter.ts';
import { sortServices } from '../service-order.ts';
import { figuresOf, isSpent } from '../sla-figures.ts';

const MAX_STEPS = 2000;

const place = Type.String({ minLength: 1, maxLength: 253 });
const Name = Type.Object({ cluster: place, namespace: place, service: place });

function toItem(
  { service, sums, objectiveFrom }: MeasuredService,
  lastOutage: OutageItem | undefined,
  days: SlaDay[] | undefined,
): ServiceItem {
  const { objective: _own, ...row } = service;
  return {
    ...row,
    ...figuresOf(sums),
    objective_from: objectiveFrom,
    last_outage: lastOutage ?? null,
    days: days ?? [],
  };
}

/** The items of the services, with what only a page's services need. */
async function readItems(
  scope: Scope,
  { store }: RouteContext,
  request: { services: readonly MeasuredService[]; period: Period; zone: string; days: number },
  options: QueryOptions,
): Promise<ServiceItem[]> {
  const { services, period, zone, days } = request;
  const names = services.map(({ service }) => service);
  const refs = services.flatMap(({ lastOutage }) => (lastOutage ? [lastOutage] : []));
  const [outages, bars] = await Promise.all([
    listOutagesOf(scope, store, refs, options),
    measureDays(scope, store, { names, to: period.to, zone, days }, options),
  ]);
  const last = new Map(outages.map((outage) => [nameKey(outage), outage]));
  return services.map((one) => toItem(one, last.get(nameKey(one.service)), bars.get(nameKey(one.service))));
}

function countStates(services: readonly MeasuredService[]): ServiceStates {
  const states = { up: 0, degraded: 0, down: 0, off: 0, other: 0 };
  for (const { service } of services) {
    if (service.state in states) states[service.state as keyof typeof states]++;
    else states.other++;
  }
  return { ...states, budget_spent: services.filter(({ sums }) => isSpent(sums)).length };
}

async function readDetail(
  scope: Scope,
  context: RouteContext,
  request: { name: ServiceName; period: Period; zone: string; days: number },
  options: QueryOptions,
): Promise<ServiceDetail> {
  const { store, sla } = context;
  const { name, period } = request;
  const services = await measureServices(scope, store, { choice: { names: [name] }, period, sla }, options);
  const [[item], ports, elsewhere] = await Promise.all([
    readItems(scope, context, { ...request, services }, options),
    listPorts(scope, store, request, options),
    listElsewhere(scope, store, name, options),
  ]);
  if (!item) throw new AppError('not_found', 'there is no service of this name');
  return { ...item, ports, elsewhere };
}

/** Services, how they stand, and how available they were. */
export function serviceRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits, sla } = context;

  const list = {
    operationId: 'listServices',
    summary: 'Services with their availability, the worst first',
    description:
      'Services that lived in from..to (default: the last 30 days; never later than now), with their figures over it. A service of the same name that was deleted and made anew is one. Page by offset; next is always null.',
    tags: ['services'],
    querystring: ServicesQuery,
    response: answers(ServicePage),
  };
  app.get('/api/v1/services', { schema: list }, async (request, reply): Promise<ServicePage> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const { limit, offset, sort, order, days, tz, ...query } = request.query;
    const period = figureRange(query, clock.now());
    const zone = await readZone(store, tz, sla.time_zone, options);
    const choice = { filter: readServiceFilter(query), period };
    const services = await measureServices(scope, store, { choice, period, sla }, options);
    const sorted = sortServices(services, sort, order).slice(offset, offset + limit);
    return {
      items: await readItems(scope, context, { services: sorted, period, zone, days }, options),
      next: null,
      total: services.length,
      from: toTime(period.from),
      to: toTime(period.to),
      tz: zone,
      states: countStates(services),
      without_figures: services.filter((service) => !hasFigures(service)).length,
    };
  });

  const groups = {
    operationId: 'listServiceGroups',
    summary: 'Availability of teams, namespaces, environments or clusters, the worst first',
    description: 'Filters and range as for the list of services; a line gathers the services that it finds.',
    tags: ['services'],
    querystring: ServiceGroupsQuery,
    response: answers(ServiceGroups),
  };
  app.get('/api/v1/services/groups', { schema: groups }, async (request, reply): Promise<ServiceGroups> => {
    const options = limits(reply);
    const { by, tz, ...query } = request.query;
    const period = figureRange(query, clock.now());
    const zone = await readZone(store, tz, sla.time_zone, options);
    const choice = { filter: readServiceFilter(query), period };
    const services = await measureServices(principal(request).scope, store, { choice, period, sla }, options);
    return { from: toTime(period.from), to: toTime(period.to), tz: zone, by, items: linesBy(services, by) };
  });

  const detail = {
    operationId: 'getService',
    summary: 'One service with its figures',
    description: 'As in the list of services, of this name, whether it lives or not.',
    tags: ['services'],
    params: Name,
    querystring: ServiceQuery,
    response: answers(ServiceDetail),
  };
  app.get('/api/v1/services/:cluster/:namespace/:service', { schema: detail }, async (request, reply) => {
    const options = limits(reply);
    const { tz, days, ...query } = request.query;
    const period = figureRange(query, clock.now());
    const zone = await readZone(store, tz, sla.time_zone, options);
    return readDetail(principal(request).scope, context, { name: request.params, period, zone, days }, options);
  });

  endpointsRoute(app, context);
}

function endpointsRoute(app: App, { store, clock, principal, limits }: RouteContext): void {
  const schema = {
    operationId: 'listServiceEndpoints',
    summary: 'How many endpoints a service had over time',
    description: `At most ${MAX_STEPS} steps; where there were more, the fewest, the most and the last of each span.`,
    tags: ['services'],
    params: Name,
    querystring: EndpointsQuery,
    response: answers(EndpointSteps),
  };
  const path = '/api/v1/services/:cluster/:namespace/:service/endpoints';
  app.get(path, { schema }, async (request, reply): Promise<EndpointSteps> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const name = request.params;
    const period = figureRange(request.query, clock.now());
    const [known, first, { steps, thinned }] = await Promise.all([
      hasService(scope, store, name, options),
      getEndpointsAt(scope, store, { name, atMs: period.from }, options),
      listEndpointSteps(scope, store, { name, period, maxSteps: MAX_STEPS - 1 }, options),
    ]);
    if (!known) throw new AppError('not_found', 'there is no service of this name');
    const begin = first ? [{ ...first, at: toTime(period.from) }] : [];
    return { from: toTime(period.from), to: toTime(period.to), steps: [...begin, ...steps], thinned };
  });
}
