import { createHash } from 'node:crypto';
import { AppError, isAppError } from '../../../platform/errors.ts';
import type { ImportMethod, Measure } from '../../../schemas/usage.ts';
import type { UsageWindow } from '../evaluate/window.ts';
import type { Candidates } from '../measures.ts';
import { expressionOf, LOOKBACK_MS, selectorsOf, type Candidate } from '../measures-candidate.ts';
import type { UsageServerOptions } from '../options.ts';
import type { Prometheus } from '../prometheus/prometheus.ts';
import type { ReadSummary } from '../prometheus/series.ts';
import { findSources, type MeasureSource } from '../sources.ts';
import { STEP_MS } from './plan.ts';

export type Sources = ReadonlyMap<Measure, MeasureSource>;

/** Instants from `fromMs` until before `toMs`, on the grid. */
export interface Instants {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A cluster's server as the import sees it. What it has is found out for each range, and how it is asked once. */
export interface UsageServer {
  readonly cluster: string;
  readonly prometheus: Prometheus;
  /** Fingerprint of what it is asked, by which address and under which labels and headers. */
  readonly settings: string;
  /** The same for people, without the values of headers. */
  readonly asked: string;
  /** Where measures come from in a range. */
  sources(range: Instants, journalKnows: boolean, signal: AbortSignal): Promise<Sources>;
  /** Whether they are others than those of the call before. */
  areNews(sources: Sources): boolean;
  /** Puts all that the server has of the range into the window. Bad samples are those that never reached it. */
  read(window: UsageWindow, sources: Sources, range: Instants, signal: AbortSignal): Promise<ReadResult>;
  /** Whether the server says that it keeps nothing from before `ms`. */
  keepsNothingBefore(ms: number, nowMs: number, signal: AbortSignal): Promise<boolean>;
}

export interface ReadResult {
  readonly method: ImportMethod;
  readonly badSamples: number;
}

export function createUsageServer(deps: {
  options: UsageServerOptions;
  prometheus: Prometheus;
  candidates: Candidates;
}): UsageServer {
  const { options, prometheus, candidates } = deps;
  let told = '';
  let method: ImportMethod = options.method === 'query_range' ? 'query_range' : 'remote_read';

  async function readSeries(window: UsageWindow, candidate: Candidate, range: Instants, signal: AbortSignal) {
    if (method === 'remote_read') {
      try {
        return await readRaw(prometheus, window, candidate, range, signal);
      } catch (error) {
        if (options.method !== 'auto' || !isAppError(error, 'prometheus_no_remote_read')) throw error;
        method = 'query_range';
      }
    }
    const expression = expressionOf(candidate, prometheus.matchers);
    return ask(prometheus, expression, range, signal, (series) =>
      window.addAnswer(candidate.measure, candidate.labels, series),
    );
  }

  return {
    cluster: options.cluster,
    prometheus,
    settings: settingsOf(options),
    asked: askedOf(options),

    sources: (range, journalKnows, signal) =>
      findSources({
        prometheus,
        candidates,
        choices: options.measures,
        matchers: prometheus.matchers,
        journalKnows,
        fromMs: range.fromMs - LOOKBACK_MS,
        toMs: range.toMs - STEP_MS,
        signal,
      }),

    areNews(sources) {
      const before = told;
      told = JSON.stringify([...sources.values()].map(({ kind, expression }) => [kind, expression]));
      return told !== before;
    },

    async read(window, sources, range, signal) {
      let badSamples = 0;
      for (const source of sources.values()) {
        if (source.kind === 'series') {
          for (const candidate of source.candidates) {
            const summary = await readSeries(window, candidate, range, signal);
            window.finish(candidate);
            badSamples += badIn(summary);
          }
        } else if (source.kind === 'expression') {
          const { measure, labels, expression } = source;
          const put = (series: Parameters<UsageWindow['addAnswer']>[2]) => window.addAnswer(measure, labels, series);
          badSamples += badIn(await ask(prometheus, expression, range, signal, put));
        }
      }
      return { method, badSamples };
    },

    async keepsNothingBefore(ms, nowMs, signal) {
      // What the server says of itself has no cluster's labels.
      const { samples } = await prometheus.query('min(prometheus_tsdb_lowest_timestamp_seconds)', nowMs, signal);
      const [lowest] = samples;
      return lowest !== undefined && lowest.value > 0 && lowest.value * 1_000 >= ms;
    },
  };
}

const inOrder = (record: Readonly<Record<string, unknown>>) =>
  Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1));

/** Not reversible: values of headers may be secret. */
function settingsOf({ url, matchers, headers, measures, method }: UsageServerOptions): string {
  const settings = [url, inOrder(matchers), inOrder(headers), inOrder(measures), method];
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22);
}

function askedOf({ matchers, headers }: UsageServerOptions): string {
  const labels = inOrder(matchers).map(([name, value]) => `${name}="${String(value)}"`);
  const names = inOrder(headers).map(([name]) => name);
  const labelled = labels.length > 0 ? `matchers {${labels.join(', ')}}` : 'no matchers';
  return `${labelled}, ${names.length > 0 ? `headers ${names.join(', ')}` : 'no headers'}`;
}

const badIn = ({ duplicates, outOfOrder, outside }: ReadSummary): number => duplicates + outOfOrder + outside;

/** Raw samples, from as far before the first instant as it looks back. */
async function readRaw(
  prometheus: Prometheus,
  window: UsageWindow,
  candidate: Candidate,
  { fromMs, toMs }: Instants,
  signal: AbortSignal,
): Promise<ReadSummary> {
  const summary = await prometheus.read(
    selectorsOf(candidate),
    fromMs - LOOKBACK_MS,
    toMs - STEP_MS,
    (series) => window.add(candidate, series),
    signal,
  );
  // Rates reach over the cut of an answer that came in parts.
  if (summary.requests > 1) throw new AppError('prometheus_too_much', `${candidate.source}: the answer came in parts`);
  return summary;
}

const ask = (
  prometheus: Prometheus,
  expression: string,
  { fromMs, toMs }: Instants,
  signal: AbortSignal,
  onSeries: Parameters<Prometheus['queryRange']>[4],
): Promise<ReadSummary> => prometheus.queryRange(expression, fromMs, toMs - STEP_MS, STEP_MS, onSeries, signal);
