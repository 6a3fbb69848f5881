import { answers, type Page } from '../../schemas/api/envelope.ts';
import { ClusterPage, CoveragePage, type ClusterItem, type CoverageSpan } from '../../schemas/api/clusters.ts';
import { ClustersQuery, CoverageQuery } from '../../schemas/api/parameters.ts';
import type { App, RouteContext } from '../context.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { readLists } from '../filter.ts';
import {
  countCoverage,
  listClusters,
  listCoverage,
  listCurrentCoverage,
  listGaps,
  type Heartbeat,
  type Span,
} from '../queries/clusters.ts';
import { seesEveryNamespace, type Scope } from '../scope.ts';
import { readSelection } from '../selection.ts';
import { parseRange } from '../times.ts';

const SILENT_AFTER_MS = 30_000;
const RECENT_MS = 24 * 3_600_000;

/** A span of all namespaces counts what vanished in all of them: not for a reader of some. */
const visible = (scope: Scope, span: Span): Omit<CoverageSpan, 'proven_until'> => ({
  ...span,
  vanished: span.namespace === '' && !seesEveryNamespace(scope) ? null : span.vanished,
});

function toItem(
  scope: Scope,
  heartbeat: Heartbeat,
  spans: { current: Span[]; gaps: Span[] },
  now: number,
): ClusterItem {
  const own = (span: Span) => span.cluster === heartbeat.cluster;
  const lag = Math.max(0, now - Date.parse(heartbeat.last_heartbeat_at));
  return {
    ...heartbeat,
    lag_ms: lag,
    status: lag > SILENT_AFTER_MS ? 'silent' : 'live',
    objects: seesEveryNamespace(scope) ? heartbeat.objects : null,
    coverage: spans.current
      .filter(own)
      .map(({ kind, namespace, state, from, reason }) => ({ kind, namespace, state, since: from, reason })),
    gaps: spans.gaps.filter(own).map((span) => visible(scope, span)),
  };
}

/** Which clusters are recorded, and when each was truly watched. */
export function clusterRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const clusters = {
    operationId: 'listClusters',
    summary: 'Clusters, their agents and what is watched',
    tags: ['clusters'],
    querystring: ClustersQuery,
    response: answers(ClusterPage),
  };
  app.get('/api/v1/clusters', { schema: clusters }, async (request, reply): Promise<Page<ClusterItem>> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const now = clock.now();
    const filter = readLists(request.query);
    const [heartbeats, current, gaps] = await Promise.all([
      listClusters(scope, store, filter, options),
      listCurrentCoverage(scope, store, filter, options),
      listGaps(scope, store, { ...filter, sinceMs: now - RECENT_MS }, options),
    ]);
    const items = heartbeats.map((heartbeat) => toItem(scope, heartbeat, { current, gaps }, now));
    return { items, next: null, total: items.length };
  });

  const coverage = {
    operationId: 'listCoverage',
    summary: 'When each cluster, kind and namespace was truly watched',
    description:
      "Spans that touch from..to (default: the last 24 hours), by cluster, kind, namespace and time. A span with the namespace '' speaks of all and comes with any namespace filter. Where no span lies, nothing is known.",
    tags: ['clusters'],
    querystring: CoverageQuery,
    response: answers(CoveragePage),
  };
  app.get('/api/v1/coverage', { schema: coverage }, async (request, reply): Promise<Page<CoverageSpan>> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const { cursor, limit, kind } = request.query;
    const lists = readLists(request.query);
    const range = parseRange(request.query);
    const filter = {
      ...lists,
      kind: kind && readSelection(kind),
      ...range,
      from: range.from ?? (range.to ?? clock.now()) - RECENT_MS,
    };
    const types = ['string', 'string', 'string', 'number', 'string'] as const;
    const key = cursor === undefined ? null : decodeCursor('coverage', types, cursor);
    const after = key && { cluster: key[0], kind: key[1], namespace: key[2], fromMs: key[3], state: key[4] };
    const [found, total, heartbeats] = await Promise.all([
      listCoverage(scope, store, { filter, after, limit: limit + 1 }, options),
      countCoverage(scope, store, filter, options),
      listClusters(scope, store, lists, options),
    ]);
    const proofs = new Map(heartbeats.map((heartbeat) => [heartbeat.cluster, heartbeat.last_heartbeat_at]));
    const spans = found.slice(0, limit);
    const items = spans.map((span) => ({
      ...visible(scope, span),
      proven_until: span.to === null ? (proofs.get(span.cluster) ?? null) : null,
    }));
    const last = found.length > limit ? spans.at(-1) : undefined;
    const next =
      last === undefined
        ? null
        : encodeCursor('coverage', [last.cluster, last.kind, last.namespace, Date.parse(last.from), last.state]);
    return { items, next, total };
  });
}
