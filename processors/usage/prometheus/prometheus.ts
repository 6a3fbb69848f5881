import type { Clock } from '../../../platform/clock.ts';
import { AppError, isAppError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { collect, createHttp } from './http.ts';
import { inParts } from './in-parts.ts';
import { selectorText, type Matcher, type Selector } from './matchers.ts';
import { prometheusProblems, type PrometheusOptions } from './options.ts';
import {
  labelsIn,
  parseAnswer,
  readMatrixSeries,
  resultOf,
  sampleOf,
  textsIn,
  type QueryAnswer,
} from './query-answer.ts';
import { checkRange, createRemoteRead } from './remote-read.ts';
import { SeriesBuffer } from './series-buffer.ts';
import { emptySummary, type Labels, type OnSeries, type ReadSummary } from './series.ts';

/** Half of an answer is none: to Thanos, and to VictoriaMetrics; others pass over what they do not know. */
const WHOLE = [
  ['partial_response', 'false'],
  ['deny_partial_response', '1'],
] as const;
/** A longer query goes into the body: proxies and servers bound the length of an address. */
const LONGEST_QUERY = 2_000;

/** A label set and its value at an instant. */
export interface InstantSample {
  readonly labels: Labels;
  readonly atMs: number;
  readonly value: number;
}

export interface BuildInfo {
  readonly version: string;
  readonly application: string;
}

export interface PrometheusDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The client of one server. All times are milliseconds since the Unix epoch. */
export interface Prometheus {
  /** The server's address, as it may be shown. */
  readonly url: string;
  /** The configured matchers. `read`, `series` and `labelValues` add them; expressions must hold them by themselves. */
  readonly matchers: readonly Matcher[];
  /** Raw samples in [fromMs, toMs] of all series that match one of the selectors. */
  read(
    selectors: readonly Selector[],
    fromMs: number,
    toMs: number,
    onSeries: OnSeries,
    signal?: AbortSignal,
  ): Promise<ReadSummary>;
  /** Values of an expression at fromMs, fromMs + stepMs, ... up to and with toMs. */
  queryRange(
    expression: string,
    fromMs: number,
    toMs: number,
    stepMs: number,
    onSeries: OnSeries,
    signal?: AbortSignal,
  ): Promise<ReadSummary>;
  /** Values of an expression at an instant; a scalar has no labels. */
  query(
    expression: string,
    atMs: number,
    signal?: AbortSignal,
  ): Promise<{ samples: InstantSample[]; warnings: string[] }>;
  /** Label sets of the series that match one of the selectors and may have samples in the range. */
  series(selectors: readonly Selector[], fromMs: number, toMs: number, signal?: AbortSignal): Promise<Labels[]>;
  /** Values of a label over the series that match one of the selectors; none: over all, but for the configured matchers. */
  labelValues(
    label: string,
    selectors: readonly Selector[],
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<string[]>;
  /** Undefined where the server does not tell. */
  buildInfo(signal?: AbortSignal): Promise<BuildInfo | undefined>;
  /** Closes all connections; what is under way fails with `prometheus_unavailable`. */
  close(): Promise<void>;
}

const seconds = (ms: number): string => String(ms / 1000);

/** The body of a query as a form; `match[]` may stand there several times. */
const formOf = (pairs: readonly (readonly [string, string])[]): string =>
  new URLSearchParams(pairs.map(([...pair]) => pair)).toString();

function addWarnings(summary: ReadSummary, warnings: readonly string[]): void {
  for (const warning of warnings) if (!summary.warnings.includes(warning)) summary.warnings.push(warning);
}

/**
 * A client of Prometheus' HTTP API (Thanos, Mimir and VictoriaMetrics have it too). Throws `config_invalid` when the
 * options contradict each other. Its calls throw, and nothing is tried twice but with less:
 * - `prometheus_unavailable` (retryable): down, refused, too slow, cut off, partial, 408, 429, 5xx; `details.retry_after_ms` where told.
 * - `prometheus_denied`: 401, 403, or a file of the credentials that cannot be read.
 * - `prometheus_bad_answer`: an answer that is none: HTML, other messages, a wrong checksum, a redirect elsewhere.
 * - `prometheus_too_much`: more than the server or `max_bytes` allows, even for the smallest range.
 * - `prometheus_rejected`: 400 and the like: the query itself is wrong.
 * - `prometheus_no_remote_read`: `read`, where the server has no remote read.
 * - `aborted`: by the signal.
 * Messages tell the address without query, and no header or token.
 */
export function createPrometheus(options: PrometheusOptions, deps: PrometheusDeps): Prometheus {
  const problems = prometheusProblems(options);
  if (problems.length > 0)
    throw new AppError('config_invalid', `prometheus: ${problems.join('; ')}`, { details: { problems } });
  const http = createHttp(options, deps.clock);
  const matchers = Object.entries(options.matchers).map(([name, value]): Matcher => ({ name, op: '=', value }));
  const maxBytes = options.max_bytes;

  async function ask(
    path: string,
    pairs: readonly (readonly [string, string])[],
    signal?: AbortSignal,
    longest = LONGEST_QUERY,
  ): Promise<QueryAnswer & { bytes: number; where: string }> {
    const form = formOf([...pairs, ...WHOLE]);
    const startedMs = deps.clock.now();
    const answer = await http.request(
      form.length <= longest
        ? { method: 'GET', path, query: form, signal }
        : {
            method: 'POST',
            path,
            body: form,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            signal,
          },
    );
    const body = await collect(answer.body, maxBytes);
    deps.log.debug({ url: answer.where, bytes: body.length, ms: deps.clock.now() - startedMs }, 'prometheus answered');
    const parsed = parseAnswer(body.toString('utf8'), answer.where, answer.tell);
    return { ...parsed, bytes: body.length, where: answer.where };
  }

  const matching = (selectors: readonly Selector[]): (readonly [string, string])[] =>
    selectors.map((selector) => ['match[]', selectorText([...selector, ...matchers])] as const);

  async function queryRange(
    expression: string,
    fromMs: number,
    toMs: number,
    stepMs: number,
    onSeries: OnSeries,
    signal?: AbortSignal,
  ): Promise<ReadSummary> {
    checkRange(fromMs, toMs);
    if (!Number.isSafeInteger(stepMs) || stepMs <= 0) throw new AppError('bad_request', `no step: ${stepMs}`);
    const summary = emptySummary();
    const buffer = new SeriesBuffer();
    await inParts(Math.floor((toMs - fromMs) / stepMs) + 1, async (first, count) => {
      const range = { fromMs: fromMs + first * stepMs, toMs: fromMs + (first + count - 1) * stepMs };
      summary.requests += 1;
      const { data, warnings, bytes, where } = await ask(
        '/api/v1/query_range',
        [
          ['query', expression],
          ['start', seconds(range.fromMs)],
          ['end', seconds(range.toMs)],
          ['step', seconds(stepMs)],
        ],
        signal,
      );
      summary.bytes += bytes;
      addWarnings(summary, warnings);
      for (const given of resultOf(data, ['matrix'], where).result) {
        buffer.clear();
        const found = readMatrixSeries(given, buffer, range, where);
        if (found === undefined) {
          summary.skipped += 1;
          continue;
        }
        const series = buffer.finish(0, found, summary);
        if (series.count > 0) await onSeries(series);
      }
    });
    return summary;
  }

  return {
    url: http.url,
    matchers,
    read: createRemoteRead(http, matchers, maxBytes),
    queryRange,

    async query(expression, atMs, signal) {
      const { data, warnings, where } = await ask(
        '/api/v1/query',
        [
          ['query', expression],
          ['time', seconds(atMs)],
        ],
        signal,
      );
      const { type, result } = resultOf(data, ['vector', 'scalar'], where);
      if (type === 'scalar') return { samples: [{ labels: {}, ...sampleOf(result, where) }], warnings };
      const samples = result.flatMap((given) => {
        const { metric, value } = (given ?? {}) as { metric?: unknown; value?: unknown };
        // Native histograms have no value.
        return value === undefined ? [] : [{ labels: labelsIn(metric, where), ...sampleOf(value, where) }];
      });
      return { samples, warnings };
    },

    async series(selectors, fromMs, toMs, signal) {
      checkRange(fromMs, toMs);
      if (selectors.length === 0) return [];
      const { data, where } = await ask(
        '/api/v1/series',
        [...matching(selectors), ['start', seconds(fromMs)], ['end', seconds(toMs)]],
        signal,
      );
      if (!Array.isArray(data)) throw new AppError('prometheus_bad_answer', `${where}: it is no list of series`);
      return data.map((given) => labelsIn(given, where));
    },

    async labelValues(label, selectors, fromMs, toMs, signal) {
      checkRange(fromMs, toMs);
      const asked = selectors.length === 0 && matchers.length > 0 ? [[]] : selectors;
      const path = `/api/v1/label/${encodeURIComponent(label)}/values`;
      const { data, where } = await ask(
        path,
        [...matching(asked), ['start', seconds(fromMs)], ['end', seconds(toMs)]],
        signal,
        // Prometheus takes no form here.
        Number.POSITIVE_INFINITY,
      );
      return textsIn(data, where);
    },

    async buildInfo(signal) {
      try {
        const { data } = await ask('/api/v1/status/buildinfo', [], signal);
        const { version, application } = (data ?? {}) as { version?: unknown; application?: unknown };
        return {
          version: typeof version === 'string' ? version : '',
          application: typeof application === 'string' ? application : '',
        };
      } catch (error) {
        if (isAppError(error, 'prometheus_rejected') || isAppError(error, 'prometheus_bad_answer')) return undefined;
        throw error;
      }
    },

    close: http.close,
  };
}
