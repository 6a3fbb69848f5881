import { randomUUID } from 'node:crypto';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { fromTime, toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { oldestImport, type UsageRetention } from '../../platform/usage-retention.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { ImportAccepted, ImportNew, ImportPage, type ImportItem } from '../../schemas/api/imports.ts';
import { ImportsQuery } from '../../schemas/api/usage-parameters.ts';
import { usageWindowsTable, WINDOW_STATES, type UsageWindowRow } from '../../schemas/usage.ts';
import type { App, RouteContext } from '../context.ts';
import {
  isImported,
  listFailedWindows,
  listImportStates,
  listSources,
  listWindowsOf,
  listWindowSpans,
  type FailedWindow,
  type ImportState,
} from '../queries/usage/imports.ts';
import type { Period } from '../queries/service-conditions.ts';
import { inScope, seesEveryNamespace, type Scope } from '../scope.ts';
import { closeRange, parseRange } from '../times.ts';
import { readUsageFilter, type UsageFilter } from '../usage/filter.ts';
import { ceilTo, floorTo } from '../usage/parts.ts';
import { fillHours } from '../usage/window-spans.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const LONGEST_MS = 400 * DAY_MS;

const badTime = (where: 'body' | 'querystring', parameter: 'from' | 'to', message: string) =>
  new AppError('bad_request', `${parameter} ${message}`, {
    details: { problems: [{ in: where, parameter, message }] },
  });

const withoutCluster = <T extends { cluster: string }>({ cluster: _of, ...rest }: T): Omit<T, 'cluster'> => rest;

/** Where the cluster's server is and how it is asked concerns those who may see all of the cluster. */
const withoutWords = <T extends { error?: string; expression?: string }>(row: T): T => ({
  ...row,
  ...(row.error === undefined ? {} : { error: '' }),
  ...(row.expression === undefined ? {} : { expression: '' }),
});

const NOTHING: Omit<ImportState, 'cluster'> = {
  imported_to: null,
  method: '',
  missing: [],
  states: {},
  backfill_left: 0,
  rows: 0,
  samples: 0,
  bad_samples: 0,
};

async function readImports(
  scope: Scope,
  { store, clock }: RouteContext,
  request: { filter: UsageFilter; period: Period },
  options: QueryOptions,
): Promise<ImportItem[]> {
  const { filter, period } = request;
  const [states, failed, sources, spans] = await Promise.all([
    listImportStates(scope, store, { filter, period }, options),
    listFailedWindows(scope, store, filter, options),
    listSources(scope, store, filter, options),
    listWindowSpans(scope, store, { filter, period }, options),
  ]);
  const told = seesEveryNamespace(scope) ? <T>(row: T): T => row : withoutWords;
  const clusters = [...new Set([...states, ...sources].map(({ cluster }) => cluster))].toSorted();
  return clusters.map((cluster) => {
    const state = states.find((one) => one.cluster === cluster) ?? { cluster, ...NOTHING };
    const of = <T extends { cluster: string }>(all: readonly T[]) => all.filter((one) => one.cluster === cluster);
    const counts = Object.fromEntries(
      WINDOW_STATES.map((name) => [name.replace('-', '_'), state.states[name] ?? 0]),
    ) as ImportItem['windows'];
    const to = state.imported_to;
    return {
      cluster,
      imported_to: to === null ? null : toTime(to),
      lag_ms: to === null ? null : clock.now() - to,
      method: state.method,
      windows: counts,
      backfill_left: state.backfill_left,
      rows: state.rows,
      samples: state.samples,
      bad_samples: state.bad_samples,
      missing: [...state.missing],
      failed: of<FailedWindow>(failed).map(withoutCluster).map(told),
      sources: of(sources).map(withoutCluster).map(told),
      hours: fillHours(of(spans), period),
    };
  });
}

const pendingRow = (cluster: string, startMs: number, nowMs: number): UsageWindowRow => ({
  cluster,
  window_start: toTime(startMs),
  state: 'pending',
  imported_to: null,
  tries: 0,
  next_try_at: null,
  error_code: '',
  error: '',
  method: '',
  missing: [],
  pods: 0,
  rows: 0,
  samples: 0,
  bad_samples: 0,
  duration_ms: 0,
  backfill: 1,
  updated_at: toTime(nowMs),
  version: nowMs,
});

/** What is there of the hour stays recorded until it is imported again. */
const askedAgain = (before: UsageWindowRow, row: UsageWindowRow): UsageWindowRow => ({
  ...before,
  state: row.state,
  tries: 0,
  next_try_at: null,
  error_code: '',
  error: '',
  backfill: row.backfill,
  updated_at: row.updated_at,
  version: Math.max(row.version, before.version + 1),
});

/** The windows that are to be imported because of this, and how many stay as they are. */
function windowsToAsk(
  request: { cluster: string; period: Period; again: boolean; nowMs: number },
  present: readonly UsageWindowRow[],
): UsageWindowRow[] {
  const { cluster, period, again, nowMs } = request;
  const byStart = new Map(present.map((row) => [fromTime(row.window_start), row]));
  const rows: UsageWindowRow[] = [];
  for (let start = period.from; start < period.to; start += HOUR_MS) {
    const before = byStart.get(start);
    if (before?.state === 'open' || (before?.state === 'done' && !again)) continue;
    const row = pendingRow(cluster, start, nowMs);
    rows.push(before ? askedAgain(before, row) : row);
  }
  return rows;
}

/** The hours of the request that are over. Throws AppError `bad_request` for a range that is none, too long, too old or yet to come. */
function hoursOf({ from, to }: Pick<ImportNew, 'from' | 'to'>, nowMs: number, retention: UsageRetention): Period {
  const [fromMs, toMs] = [fromTime(from), fromTime(to)];
  if (toMs <= fromMs || toMs - fromMs > LONGEST_MS)
    throw badTime('body', 'to', 'must lie after from, at most 400 days');
  if (toMs > nowMs) throw badTime('body', 'to', 'must not lie in the future');
  if (fromMs < 0) throw badTime('body', 'from', 'must not lie before 1970');
  const begin = floorTo(fromMs, HOUR_MS);
  const oldest = oldestImport(retention, nowMs);
  if (begin < oldest) {
    throw badTime(
      'body',
      'from',
      `must not lie before ${toTime(oldest)}: usage by hours is kept for ${retention.usageHourlyDays} days (retention.usage_hourly_days)`,
    );
  }
  return { from: begin, to: Math.max(begin, Math.min(ceilTo(toMs, HOUR_MS), floorTo(nowMs, HOUR_MS))) };
}

/**
 * Throws AppError `not_found` where no usage of the cluster was ever imported, `conflict` where it was and is not to be any more:
 * nobody would take what is asked for.
 */
async function requireImporter(
  scope: Scope,
  { store, importedClusters }: RouteContext,
  cluster: string,
  options: QueryOptions,
): Promise<void> {
  if (importedClusters?.has(cluster)) return;
  if (!(await isImported(scope, store, cluster, options))) {
    throw new AppError('not_found', 'no usage is imported of a cluster of this name');
  }
  if (importedClusters) {
    throw new AppError(
      'conflict',
      'usage of this cluster is no longer imported: it is not among usage.prometheus of the configuration, or not enabled',
    );
  }
}

/** How the import from each cluster's Prometheus stands, and asking for the past. */
export function importRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits, retention } = context;

  const list = {
    operationId: 'listImports',
    summary: 'How the import of usage stands: lag, hours by state, what went wrong, where measures come from',
    description: `Clusters whose usage is or was to be imported. from..to (default: the last 7 days, at most 400) is what hours, rows and samples are about. No pages.`,
    tags: ['usage'],
    querystring: ImportsQuery,
    response: answers(ImportPage),
  };
  app.get('/api/v1/imports', { schema: list }, async (request, reply): Promise<ImportPage> => {
    const given = closeRange(parseRange(request.query), WEEK_MS, clock.now());
    const period = { from: floorTo(given.from, HOUR_MS), to: ceilTo(given.to, HOUR_MS) };
    if (given.to - given.from > LONGEST_MS) throw badTime('querystring', 'from', 'must lie at most 400 days before to');
    const filter = readUsageFilter(request.query);
    const items = await readImports(principal(request).scope, context, { filter, period }, limits(reply));
    return { items, next: null, total: items.length, from: toTime(period.from), to: toTime(period.to) };
  });

  const create = {
    operationId: 'requestImport',
    summary: 'Import the usage of a past range',
    description:
      'Needs the role operator, and a scope with the whole cluster. Whole hours that are over; what is imported already stays as it is unless `again`. The importer takes the newest first. 409 where usage of the cluster is no longer imported.',
    tags: ['usage'],
    body: ImportNew,
    response: answers(ImportAccepted),
  };
  const said = { validatorCompiler: TypeBoxValidatorCompiler, config: { access: 'operator' } } as const;
  app.post('/api/v1/imports', { schema: create, ...said }, async (request, reply): Promise<ImportAccepted> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const { cluster, again = false } = request.body;
    const nowMs = clock.now();
    const period = hoursOf(request.body, nowMs, retention);
    if (!seesEveryNamespace(scope) || !inScope(scope, cluster, '*')) {
      throw new AppError('forbidden', 'an import is of a whole cluster, which reaches beyond what you may see');
    }
    await requireImporter(scope, context, cluster, options);
    const present = await listWindowsOf(scope, store, { cluster, period }, options);
    const rows = windowsToAsk({ cluster, period, again, nowMs }, present);
    if (rows.length > 0) await store.insert(usageWindowsTable, rows, { token: `imports:${cluster}:${randomUUID()}` });
    const hours = (period.to - period.from) / HOUR_MS;
    return {
      cluster,
      from: toTime(period.from),
      to: toTime(period.to),
      hours,
      pending: rows.length,
      kept: hours - rows.length,
    };
  });
}
