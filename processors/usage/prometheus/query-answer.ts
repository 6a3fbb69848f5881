import { AppError } from '../../../platform/errors.ts';
import { refusalError, statusOfErrorType } from './answer-errors.ts';
import type { SeriesBuffer } from './series-buffer.ts';
import type { Labels } from './series.ts';

/** `data` of a successful answer of the HTTP API, and what the server said of the expression besides. */
export interface QueryAnswer {
  readonly data: unknown;
  readonly warnings: string[];
}

/** What Prometheus says of an expression, whose answer is whole all the same. */
const OF_EXPRESSION = /^PromQL (info|warning)\b/;

const bad = (what: string, where: string): AppError =>
  new AppError('prometheus_bad_answer', `${where}: ${what}`, { details: { where } });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];

/**
 * Reads the envelope of an answer (`{status, data, warnings}`); `tell` makes a server's words fit to be shown. Throws
 * `prometheus_unavailable` for JSON that breaks off and for an answer that says to be partial (Thanos warns, VictoriaMetrics has
 * `isPartial`), `prometheus_bad_answer` for what is none, and the error of an answer whose status is `error`.
 */
export function parseAnswer(text: string, where: string, tell: (text: string) => string): QueryAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    const trimmed = text.trim();
    if (trimmed.startsWith('{') && !trimmed.endsWith('}')) {
      throw new AppError('prometheus_unavailable', `${where}: the answer was cut off`, {
        retryable: true,
        details: { where },
      });
    }
    throw bad('the answer is no JSON', where);
  }
  if (!isRecord(answer)) throw bad("the answer is none of Prometheus' API", where);
  if (answer['status'] === 'error') {
    const errorType = typeof answer['errorType'] === 'string' ? answer['errorType'] : '';
    const said = typeof answer['error'] === 'string' ? tell(answer['error']) : '';
    throw refusalError({ status: statusOfErrorType(errorType), errorType, text: said, retryAfterMs: undefined, where });
  }
  if (answer['status'] !== 'success' || !('data' in answer)) throw bad("the answer is none of Prometheus' API", where);
  const warnings = [...texts(answer['warnings']), ...texts(answer['infos'])];
  const ofServer = texts(answer['warnings']).find((warning) => !OF_EXPRESSION.test(warning));
  if (ofServer !== undefined || answer['isPartial'] === true) {
    throw new AppError('prometheus_unavailable', `${where}: the answer is partial: ${tell(ofServer ?? 'it says so')}`, {
      retryable: true,
      details: { where },
    });
  }
  return { data: answer['data'], warnings };
}

/** Checks that these are labels: texts by name. */
export function labelsIn(value: unknown, where: string): Labels {
  if (!isRecord(value)) throw bad('a series has no labels', where);
  for (const name in value) if (typeof value[name] !== 'string') throw bad('a label is no text', where);
  return value as Record<string, string>;
}

/** The list of texts of a `labels` or `values` answer. */
export function textsIn(data: unknown, where: string): string[] {
  if (!Array.isArray(data) || data.some((text) => typeof text !== 'string')) throw bad('it is no list of texts', where);
  return data as string[];
}

/** `result` of an answer that must be of one of these types. */
export function resultOf(data: unknown, types: readonly string[], where: string): { type: string; result: unknown[] } {
  if (!isRecord(data) || typeof data['resultType'] !== 'string' || !Array.isArray(data['result'])) {
    throw bad('the answer holds no result', where);
  }
  if (!types.includes(data['resultType'])) throw bad(`the result is no ${types.join(' or ')}`, where);
  return { type: data['resultType'], result: data['result'] };
}

function numberOf(text: unknown, where: string): number {
  if (typeof text === 'string' && text !== '') {
    const value = Number(text);
    if (!Number.isNaN(value) || text === 'NaN') return value;
    if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
    if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  }
  throw bad('a sample is no number', where);
}

/** One sample, `[seconds, "value"]`, as milliseconds and number. */
export function sampleOf(pair: unknown, where: string): { atMs: number; value: number } {
  if (!Array.isArray(pair) || pair.length !== 2 || !Number.isFinite(pair[0])) throw bad('a sample is no pair', where);
  return { atMs: Math.round((pair[0] as number) * 1000), value: numberOf(pair[1], where) };
}

/** One series of a matrix into the buffer. Returns its labels; undefined where it has no floats. */
export function readMatrixSeries(
  series: unknown,
  into: SeriesBuffer,
  range: { fromMs: number; toMs: number },
  where: string,
): Labels | undefined {
  if (!isRecord(series)) throw bad('a series is no object', where);
  const values = series['values'];
  if (values === undefined && Array.isArray(series['histograms'])) return undefined;
  if (!Array.isArray(values)) throw bad('a series has no list of samples', where);
  const labels = labelsIn(series['metric'], where);
  into.reserve(values.length);
  for (const pair of values) {
    const { atMs, value } = sampleOf(pair, where);
    into.addNumber(atMs, value, range.fromMs, range.toMs);
  }
  return labels;
}
