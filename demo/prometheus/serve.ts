import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import type { Scope } from './family.ts';
import { flavourOf } from './flavours.ts';
import { labelOf } from './matchers.ts';
import { parametersOf, stepsOf, timeOf } from './parameters.ts';
import type { Line } from './promql/combine.ts';
import { evaluate, stepCount, type Read, type Steps } from './promql/evaluate.ts';
import { QueryError } from './promql/expression.ts';
import { parse, parseSelector } from './promql/parse.ts';
import { serveRemoteRead } from './protocol/remote-read.ts';
import { familiesOf, select } from './select.ts';
import type { Labels, Series } from './series.ts';

/** Under which the API server's address also answers as the cluster's Prometheus. */
export const PROMETHEUS_PATH = '/prometheus';

const HOUR_MS = 3_600_000;
const METHODS = new Set(['GET', 'POST']);

type Answer = (parameters: URLSearchParams, scope: Scope, name: string) => unknown;

const readOf =
  (scope: Scope): Read =>
  (matchers, from, to) =>
    select(scope, matchers, from, to);

/** A value as Prometheus writes it: JSON has no number for the infinite. */
const numberText = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

const metric = (labels: Labels) => Object.fromEntries(labels);

function rangeQuery(parameters: URLSearchParams, scope: Scope) {
  const steps = stepsOf(parameters);
  const result = evaluate(parse(parameters.get('query') ?? ''), steps, readOf(scope));
  const lines: readonly Line[] =
    typeof result === 'number'
      ? [
          {
            labels: [],
            values: Array.from({ length: stepCount(steps) }, () => result),
          },
        ]
      : result;
  const pairs = ({ values }: Line, { from, stepMs }: Steps) =>
    values.flatMap((value, i) => (value === null ? [] : [[(from + i * stepMs) / 1000, numberText(value)]]));
  return {
    resultType: 'matrix',
    result: lines.map((line) => ({ metric: metric(line.labels), values: pairs(line, steps) })),
  };
}

function instantQuery(parameters: URLSearchParams, scope: Scope) {
  const ms = timeOf(parameters, 'time', scope.now);
  const result = evaluate(parse(parameters.get('query') ?? ''), { from: ms, to: ms, stepMs: 1 }, readOf(scope));
  if (typeof result === 'number') return { resultType: 'scalar', result: [ms / 1000, numberText(result)] };
  return {
    resultType: 'vector',
    result: result.map(({ labels, values: [value] }) => ({
      metric: metric(labels),
      value: [ms / 1000, numberText(value ?? NaN)],
    })),
  };
}

/** Series that fit any of the selectors and have samples in the span; by default the last hour. */
function found(parameters: URLSearchParams, scope: Scope, needed: boolean): Series[] {
  const selectors = parameters.getAll('match[]').map(parseSelector);
  if (selectors.length === 0 && needed) throw new QueryError('no match[] parameter provided');
  const to = timeOf(parameters, 'end', scope.now);
  const from = timeOf(parameters, 'start', to - HOUR_MS);
  const all = (selectors.length > 0 ? selectors : [[]]).flatMap((matchers) => select(scope, matchers, from, to));
  const seen = new Set<string>();
  return all.filter(({ labels, read }) => {
    const key = JSON.stringify(labels);
    return !seen.has(key) && Boolean(seen.add(key)) && read(from, to).values.some((value) => !Number.isNaN(value));
  });
}

const sorted = (values: Iterable<string>) => [...new Set(values)].filter((value) => value !== '').toSorted();

const ANSWERS: Readonly<Record<string, Answer>> = {
  query: instantQuery,
  query_range: rangeQuery,
  series: (parameters, scope) => found(parameters, scope, true).map(({ labels }) => metric(labels)),
  labels: (parameters, scope) =>
    sorted(found(parameters, scope, false).flatMap(({ labels }) => labels.map(([name]) => name))),
  label: (parameters, scope, name) =>
    sorted(found(parameters, scope, false).map(({ labels }) => labelOf(labels, name))),
  metadata: (parameters, scope) => {
    const only = parameters.get('metric');
    const wanted = familiesOf(scope).filter(({ name }) => only === null || name === only);
    return Object.fromEntries(wanted.map(({ name, type, help }) => [name, [{ type, help, unit: '' }]]));
  },
  'status/buildinfo': (_parameters, { flavour: { version } }) => ({
    version,
    revision: 'tidemark-demo',
    branch: 'HEAD',
    buildUser: 'tidemark@demo',
    buildDate: '20260101-00:00:00',
    goVersion: 'go1.25.0',
  }),
};

const STATUS_OF = { bad_data: 400, execution: 422 } as const;

function sendBody(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const plain = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
};

/** Answers as the Prometheus of a simulated cluster. `path` is what comes after its prefix. */
export function createPrometheus(cluster: SimCluster) {
  const flavour = flavourOf(cluster.name);

  return async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    if (path === '/-/healthy') return plain(response, 200, 'Prometheus Server is Healthy.\n');
    const scope: Scope = { cluster, flavour, now: cluster.now(), liveSince: cluster.lives.liveSince() };
    // As one that is still reading its log: what is asked before there is a past must not pass for an empty one.
    if (scope.liveSince === null) return plain(response, 503, 'Service Unavailable');
    if (path === '/-/ready') return plain(response, 200, 'Prometheus Server is Ready.\n');
    if (path === '/api/v1/read' && request.method === 'POST') return serveRemoteRead(request, response, readOf(scope));
    const [, label = ''] = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path) ?? [];
    const of = ANSWERS[label ? 'label' : path.replace(/^\/api\/v1\//, '')];
    if (!of || path === '/api/v1/label') return plain(response, 404, '404 page not found\n');
    if (!METHODS.has(request.method ?? '')) return plain(response, 405, 'Method Not Allowed\n');
    try {
      const data = of(await parametersOf(request, query), scope, decodeURIComponent(label));
      sendBody(response, 200, { status: 'success', data });
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      sendBody(response, STATUS_OF[error.type], { status: 'error', errorType: error.type, error: error.message });
    }
  };
}
