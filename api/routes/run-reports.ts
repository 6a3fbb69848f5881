import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../platform/errors.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { RunCheck, RunComparison } from '../../schemas/api/run-comparisons.ts';
import {
  CheckQuery,
  CompareQuery,
  RunCheckQuery,
  RunParams,
  type Thresholds,
} from '../../schemas/api/run-parameters.ts';
import { RunReport, type RunItem } from '../../schemas/api/runs.ts';
import type { App, RouteContext } from '../context.ts';
import { listOomKilled } from '../queries/runs/exceptions.ts';
import { listFound } from '../queries/runs/found.ts';
import { reaches, subjectOfRun, withinScope, type About, type Subject } from '../runs/about.ts';
import { checkReport } from '../runs/checks.ts';
import { compareRuns, type ReportedRun } from '../runs/compare.ts';
import { readReport } from '../runs/report.ts';
import { sizingOf } from '../runs/sizing.ts';
import type { Scope } from '../scope.ts';
import { parseRange } from '../times.ts';
import { createRunFinder } from './runs.ts';

const LONGEST_MS = 92 * 24 * 3_600_000;

const bad = (parameter: string, message: string): AppError =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: 'querystring', parameter, message }] },
  });

/** The range of a check without a run. Throws AppError `bad_request` where it has not begun, is too long, or is about nothing that may be seen. */
function subjectOfQuery(scope: Scope, query: { from?: string; to?: string } & Asked, nowMs: number): Subject {
  const { from, to = nowMs } = parseRange(query);
  if (from === undefined) throw bad('from', 'is needed');
  if (from >= nowMs) throw bad('from', 'must lie before now');
  if (to - from > LONGEST_MS) throw bad('to', 'must lie at most 92 days after from');
  for (const field of ['cluster', 'namespace', 'workload'] as const) {
    if (query[field]?.some((value) => value.startsWith('!'))) throw bad(field, 'takes no ! here');
  }
  const about: About = {
    clusters: query.cluster ?? [],
    namespaces: query.namespace ?? [],
    workloads: query.workload ?? [],
  };
  const seen = withinScope(scope, about);
  if (!seen) throw new AppError('forbidden', 'you may see nothing of what is asked for');
  return {
    about: seen,
    period: { from, to: Math.min(to, nowMs) },
    goingOn: to > nowMs,
    whole: reaches(scope, about),
  };
}

interface Asked {
  readonly cluster?: readonly string[];
  readonly namespace?: readonly string[];
  readonly workload?: readonly string[];
}

/** What runs came to: one, two side by side, and whether one is good enough. */
export function runReportRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits, retention } = context;
  const find = createRunFinder(context);
  const tags = ['runs'];

  const reportOf = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { item, nowMs }: { item: RunItem; nowMs: number },
  ): Promise<ReportedRun> => {
    const { scope } = principal(request);
    const subject = subjectOfRun(item, nowMs);
    const { known: _known, ...found } = await readReport(scope, store, { subject, nowMs, retention }, limits(reply));
    return { run: item, ...found };
  };

  const report = {
    operationId: 'getRunReport',
    summary: 'What a run came to',
    description:
      'Exceptions, outages, rollouts, and usage against requests and limits by workload, as far as you may see; how much of the range is imported and was watched. A run that goes on is reported up to now.',
    tags,
    params: RunParams,
    response: answers(RunReport),
  };
  app.get('/api/v1/runs/:id/report', { schema: report }, async (request, reply): Promise<RunReport> => {
    const { item } = await find(request, request.params.id);
    const { scope } = principal(request);
    const nowMs = clock.now();
    const choice = { subject: subjectOfRun(item, nowMs), nowMs, retention, sizing: context.sizing };
    const [found, sizing] = await Promise.all([
      reportOf(request, reply, { item, nowMs }),
      sizingOf(scope, store, choice, limits(reply)),
    ]);
    return { ...found, sizing };
  });

  const compare = {
    operationId: 'compareRuns',
    summary: 'Two runs side by side',
    description:
      'Differences are b - a, ratios b / a; counts also by the hour. Workloads are matched by cluster, namespace, kind and name; those of a cluster that only one side has, by namespace, kind and name.',
    tags,
    querystring: CompareQuery,
    response: answers(RunComparison),
  };
  app.get('/api/v1/runs/compare', { schema: compare }, async (request, reply): Promise<RunComparison> => {
    const nowMs = clock.now();
    const of = async (idOrName: string) =>
      reportOf(request, reply, { item: (await find(request, idOrName)).item, nowMs });
    const [a, b] = await Promise.all([of(request.query.a), of(request.query.b)]);
    return compareRuns(a, b);
  });

  const check = async (
    request: FastifyRequest,
    reply: FastifyReply,
    asked: { subject: Subject; run: RunItem | null; thresholds: Thresholds & { baseline?: string } },
  ): Promise<RunCheck> => {
    const { scope } = principal(request);
    const { subject, run, thresholds } = asked;
    const nowMs = clock.now();
    const options = limits(reply);
    const base = thresholds.baseline === undefined ? null : (await find(request, thresholds.baseline)).item;
    const baseSubject = base && subjectOfRun(base, nowMs);
    const range = { subject, nowMs, retention };
    const [held, baseline, oomKilled, found] = await Promise.all([
      readReport(scope, store, baseSubject ? { ...range, since: baseSubject } : range, options),
      baseSubject ? readReport(scope, store, { ...range, subject: baseSubject }, options) : null,
      listOomKilled(scope, store, subject, options),
      listFound(scope, store, subject, options),
    ]);
    const checks = checkReport({ about: subject.about, found, report: held, baseline, oomKilled }, thresholds);
    const { from, to, hours, going_on, whole } = held;
    return { ok: checks.every(({ ok }) => ok), run, baseline: base, from, to, hours, going_on, whole, checks };
  };

  const checkRun = {
    operationId: 'checkRun',
    summary: 'Hold a run against thresholds',
    description:
      'What is missing is unknown, and never good: hours that are not imported and time that nobody watched fail the checks complete and watched; names that match nothing, and what you may not see, fail the check found.',
    tags,
    params: RunParams,
    querystring: RunCheckQuery,
    response: answers(RunCheck),
  };
  app.get('/api/v1/runs/:id/check', { schema: checkRun }, async (request, reply) => {
    const { item } = await find(request, request.params.id);
    const subject = subjectOfRun(item, clock.now());
    return check(request, reply, { subject, run: item, thresholds: request.query });
  });

  const checkRange = {
    operationId: 'checkRange',
    summary: 'Hold a range without a name against thresholds',
    description: 'The same for from..to; to is now where it is left out.',
    tags,
    querystring: CheckQuery,
    response: answers(RunCheck),
  };
  app.get('/api/v1/check', { schema: checkRange }, async (request, reply) => {
    const subject = subjectOfQuery(principal(request).scope, request.query, clock.now());
    return check(request, reply, { subject, run: null, thresholds: request.query });
  });
}
