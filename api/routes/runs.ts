import { randomUUID } from 'node:crypto';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { fromTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { answers, type Page } from '../../schemas/api/envelope.ts';
import { RunParams, RunsQuery } from '../../schemas/api/run-parameters.ts';
import { RunChange, RunItem, RunNew, RunPage } from '../../schemas/api/runs.ts';
import { runsTable, type RunRow } from '../../schemas/runs.ts';
import type { App, RouteContext } from '../context.ts';
import { findRun, listNamesakes, listRuns } from '../queries/runs/runs.ts';
import { reaches, toRunItem, type StoredRun } from '../runs/about.ts';
import { changedRun, nameIsTaken, newRun, stoppedRun } from '../runs/changes.ts';
import { createQueue } from '../runs/queue.ts';
import type { Scope } from '../scope.ts';

type ByRun = FastifyRequest<{ Params: { id: string } }>;

function requireReach(scope: Scope, run: StoredRun): void {
  if (!reaches(scope, run)) throw new AppError('forbidden', 'the run reaches beyond what you may see');
}

const notFound = () => new AppError('not_found', 'there is no run of this id or name');

/** What one run is found by. Throws AppError `not_found` where this reader may see nothing of it. */
export function createRunFinder({ store, clock, principal }: RouteContext) {
  return async (request: FastifyRequest, idOrName: string) => {
    const { scope } = principal(request);
    const run = await findRun(scope, store, idOrName);
    const item = run && toRunItem(scope, run, clock.now());
    if (!run || !item) throw notFound();
    return { run, item };
  };
}

function createWriter({ store, clock }: RouteContext) {
  const inTurn = createQueue();
  const write = async (run: StoredRun, deleted: 0 | 1): Promise<void> => {
    const row: RunRow = { ...run, deleted, version: fromTime(run.updated_at) };
    await store.insert(runsTable, [row], { token: `runs:${run.id}:${randomUUID()}` });
  };
  return {
    /** What is made of a run as it is then: of two changes at once the second sees the first. */
    change: (find: () => Promise<StoredRun>, to: (run: StoredRun) => StoredRun, deleted: 0 | 1): Promise<StoredRun> =>
      inTurn(async () => {
        const run = await find();
        const changed = to(run);
        if (changed === run && deleted === 0) return run;
        const later = laterThan(changed, run, clock.now());
        await write(later, deleted);
        return later;
      }),
    /** One that is made by several servers at the same time is made by none of them: each is told that the name is taken. */
    create: (scope: Scope, run: StoredRun): Promise<void> =>
      inTurn(async () => {
        const refuse = (namesake: StoredRun) => {
          const nowMs = clock.now();
          return nameIsTaken(run.name, namesake, { seen: toRunItem(scope, namesake, nowMs) !== null, nowMs });
        };
        const [taken] = await listNamesakes(scope, store, run.name);
        if (taken) throw refuse(taken);
        await write(run, 0);
        const other = (await listNamesakes(scope, store, run.name)).find(({ id }) => id !== run.id);
        if (!other) return;
        await write(laterThan(run, run, clock.now()), 1);
        throw refuse(other);
      }),
  };
}

/** A change comes after what it changes, whatever the clock says. */
const laterThan = (run: StoredRun, before: StoredRun, nowMs: number): StoredRun => ({
  ...run,
  updated_at: new Date(Math.max(nowMs, fromTime(before.updated_at) + 1)).toISOString(),
});

/** Named ranges: load tests, releases. */
export function runRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits } = context;
  const find = createRunFinder(context);
  const writer = createWriter(context);
  const tags = ['runs'];

  const list = {
    operationId: 'listRuns',
    summary: 'Named ranges, newest first',
    description:
      'A run is shown to whoever may see some cluster and namespace that it is about, with those of its clusters and namespaces that they may see. Page by offset; next is always null.',
    tags,
    querystring: RunsQuery,
    response: answers(RunPage),
  };
  app.get('/api/v1/runs', { schema: list }, async (request, reply): Promise<Page<RunItem>> => {
    const { scope } = principal(request);
    const { limit, offset, name, going_on: goingOn } = request.query;
    const nowMs = clock.now();
    const runs = await listRuns(scope, store, { name, goingOn, nowMs }, limits(reply));
    const items = runs.flatMap((run) => toRunItem(scope, run, nowMs) ?? []);
    return { items: items.slice(offset, offset + limit), next: null, total: items.length };
  });

  const start = {
    operationId: 'createRun',
    summary: 'Begin a run, or name a range that is past',
    description:
      'Needs the role operator, and a scope that holds all that the run is about. A name that another run has is 409.',
    tags,
    body: RunNew,
    response: answers(RunItem),
  };
  // Nothing is made of what was not said: a null taken as [] would be a run of everything.
  const said = { validatorCompiler: TypeBoxValidatorCompiler, config: { access: 'operator' } } as const;
  app.post('/api/v1/runs', { schema: start, ...said }, async (request) => {
    const { scope, name: by } = principal(request);
    const run = newRun(request.body, { id: randomUUID(), by, nowMs: clock.now() });
    requireReach(scope, run);
    await writer.create(scope, run);
    return shown(scope, run);
  });

  const shown = (scope: Scope, run: StoredRun): RunItem => {
    const item = toRunItem(scope, run, clock.now());
    if (!item) throw notFound();
    return item;
  };
  const change = async (request: ByRun, to: (run: StoredRun) => StoredRun, deleted: 0 | 1 = 0) => {
    const { scope } = principal(request);
    const reachable = async () => {
      const { run } = await find(request, request.params.id);
      requireReach(scope, run);
      return run;
    };
    return shown(scope, await writer.change(reachable, to, deleted));
  };

  const one = { tags, params: RunParams, response: answers(RunItem) };
  const get = { ...one, operationId: 'getRun', summary: 'One run, by id or name' };
  app.get('/api/v1/runs/:id', { schema: get }, async (request) => {
    return (await find(request, request.params.id)).item;
  });

  const operator = { access: 'operator' } as const;
  const rights = 'Needs the role operator, and a scope that holds all that the run is about.';
  const stop = {
    ...one,
    operationId: 'stopRun',
    summary: 'End a run now',
    description: `${rights} One that is over stays as it is.`,
  };
  app.post('/api/v1/runs/:id/stop', { schema: stop, config: operator }, (request) =>
    change(request, (run) => stoppedRun(run, clock.now())),
  );

  const patch = {
    ...one,
    operationId: 'changeRun',
    summary: 'Change the note or the range of a run',
    description: rights,
    body: RunChange,
  };
  app.patch('/api/v1/runs/:id', { schema: patch, ...said }, (request) =>
    change(request, (run) => changedRun(run, request.body, clock.now())),
  );

  const remove = {
    ...one,
    operationId: 'deleteRun',
    summary: 'Delete a run',
    description: `${rights} What it was about stays; its name is free again. Answers what it was.`,
  };
  app.delete('/api/v1/runs/:id', { schema: remove, config: operator }, (request) => change(request, (run) => run, 1));
}
