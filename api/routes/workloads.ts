import Type from 'typebox';
import { AppError } from '../../platform/errors.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { WorkloadDetail, WorkloadHistory, type ObjectVersion } from '../../schemas/api/rollouts.ts';
import { WorkloadQuery } from '../../schemas/api/service-parameters.ts';
import { changesBetween, type FlatFields } from '../../schemas/flat-template.ts';
import type { App, RouteContext } from '../context.ts';
import { flatSpec, objectChanges } from '../object-changes.ts';
import {
  getFirstVersion,
  getLife,
  getVersionAt,
  getVersionBefore,
  listOwners,
  listSpecKeys,
  listSpecs,
  type StoredSpec,
  type StoredVersion,
  type WorkloadName,
} from '../queries/workloads.ts';
import type { Scope } from '../scope.ts';
import { parseInstant } from '../times.ts';
import { createTurns } from '../turns.ts';

const MAX_HISTORY = 50;
const HISTORY_PAGE = 20;

const place = Type.String({ minLength: 1, maxLength: 253 });
const Name = Type.Object({ cluster: place, namespace: place, kind: place, name: place });

type KubernetesObject = Record<string, unknown>;
const objectOf = ({ object }: StoredVersion): KubernetesObject => JSON.parse(object) as KubernetesObject;

const toVersion = (version: StoredVersion): ObjectVersion => ({
  observed_at: version.observed_at,
  op: version.op,
  resource_version: version.resource_version,
  object: objectOf(version),
});

const missing = () => new AppError('not_found', 'there is no workload of this kind and name');

async function readDetail(
  scope: Scope,
  { store }: RouteContext,
  request: { name: WorkloadName; atMs: number },
  options: QueryOptions,
): Promise<WorkloadDetail> {
  const { name } = request;
  const now = await getVersionAt(scope, store, request, options);
  const known = now ?? (await getFirstVersion(scope, store, name, options));
  if (!known) throw missing();
  const [before, life, owners] = await Promise.all([
    now && getVersionBefore(scope, store, { name, version: now }, options),
    getLife(scope, store, { name, uid: known.uid }, options),
    listOwners(scope, store, name, options),
  ]);
  const say = (what: 'team' | 'environment') => owners.find((owner) => owner[what] !== '')?.[what] ?? '';
  return {
    ...name,
    uid: known.uid,
    team: say('team'),
    environment: say('environment'),
    ...life,
    services: owners.flatMap(({ service }) => (service === '' ? [] : [service])),
    at: now && toVersion(now),
    before: before && toVersion(before),
    changes: now && before ? objectChanges(objectOf(before), objectOf(now)) : [],
  };
}

const flatSpecOf = ({ spec }: StoredSpec) => flatSpec(spec === '' ? undefined : JSON.parse(spec));

/** Specs may be of half a megabyte: a few at a time are in memory, and others have their turn after each. */
async function readHistory(
  scope: Scope,
  { store }: RouteContext,
  request: { name: WorkloadName; uid: string },
  options: QueryOptions,
): Promise<WorkloadHistory> {
  const keys = await listSpecKeys(scope, store, { ...request, limit: MAX_HISTORY + 1 }, options);
  const takeTurns = createTurns();
  const items: WorkloadHistory['items'] = [];
  let later: { item: WorkloadHistory['items'][number]; fields: FlatFields } | null = null;
  for (let first = 0; first < keys.length; first += HISTORY_PAGE) {
    const page = keys.slice(first, first + HISTORY_PAGE);
    for (const spec of await listSpecs(scope, store, { ...request, keys: page }, options)) {
      const fields = flatSpecOf(spec);
      if (later) later.item.changed = changesBetween(fields, later.fields).map(({ field }) => field);
      later = { item: { observed_at: spec.observed_at, generation: spec.generation, changed: [] }, fields };
      items.push(later.item);
      await takeTurns();
    }
  }
  return { items: items.slice(0, MAX_HISTORY) };
}

/** Deployments, Jobs and others as the archive of the journal has them, deleted ones too. */
export function workloadRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits } = context;

  const detail = {
    operationId: 'getWorkload',
    summary: 'A workload as it was at an instant, and what had changed',
    description: 'From the archive of the journal. Of several of the same name the one that was seen last by then.',
    tags: ['workloads'],
    params: Name,
    querystring: WorkloadQuery,
    response: answers(WorkloadDetail),
  };
  app.get('/api/v1/workloads/:cluster/:namespace/:kind/:name', { schema: detail }, (request, reply) => {
    const { at } = request.query;
    const atMs = at === undefined ? clock.now() : parseInstant('at', at);
    return readDetail(principal(request).scope, context, { name: request.params, atMs }, limits(reply));
  });

  const history = {
    operationId: 'getWorkloadHistory',
    summary: "When a workload's spec changed, newest first",
    description: `Of the newest of that name, at most ${MAX_HISTORY}. The oldest that is kept has no fields: nothing is known before it.`,
    tags: ['workloads'],
    params: Name,
    response: answers(WorkloadHistory),
  };
  const path = '/api/v1/workloads/:cluster/:namespace/:kind/:name/history';
  app.get(path, { schema: history }, async (request, reply): Promise<WorkloadHistory> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const name = request.params;
    const newest = await getVersionAt(scope, store, { name, atMs: clock.now() }, options);
    if (!newest) throw missing();
    return readHistory(scope, context, { name, uid: newest.uid }, options);
  });
}
