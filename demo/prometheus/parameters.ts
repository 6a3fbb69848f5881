import type { IncomingMessage } from 'node:http';
import { QueryError } from './promql/expression.ts';
import type { Steps } from './promql/evaluate.ts';
import { durationMs } from './promql/tokens.ts';

/** As Prometheus allows for one series of an answer. */
const MOST_POINTS = 11_000;
const MOST_FORM_BYTES = 1 << 20;

/** The query of the address, and the form where one is posted. */
export async function parametersOf(request: IncomingMessage, query: URLSearchParams): Promise<URLSearchParams> {
  if (request.method !== 'POST') return query;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > MOST_FORM_BYTES) throw new QueryError('request body too large');
    parts.push(part as Buffer);
  }
  const both = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
  for (const [name, value] of query) both.append(name, value);
  return both;
}

/** Seconds with fractions, or RFC 3339, as milliseconds; `otherwise` where there is none. Throws QueryError. */
export function timeOf(parameters: URLSearchParams, name: string, otherwise?: number): number {
  const text = parameters.get(name) ?? '';
  if (text === '' && otherwise !== undefined) return otherwise;
  const seconds = Number(text);
  const ms =
    text.trim() !== '' && Number.isFinite(seconds)
      ? Math.round(seconds * 1000)
      : /^\d{4}-\d\d-\d\dT/.test(text)
        ? Date.parse(text)
        : NaN;
  if (Number.isNaN(ms)) {
    throw new QueryError(`invalid parameter "${name}": cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  }
  return ms;
}

function stepOf(parameters: URLSearchParams): number {
  const text = parameters.get('step') ?? '';
  const seconds = Number(text);
  const ms = text.trim() !== '' && Number.isFinite(seconds) ? Math.round(seconds * 1000) : durationMs(text);
  if (ms === null)
    throw new QueryError(`invalid parameter "step": cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (ms <= 0) {
    throw new QueryError(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return ms;
}

/** The steps of a range query. Throws QueryError, also past 11,000 points a series. */
export function stepsOf(parameters: URLSearchParams): Steps {
  const from = timeOf(parameters, 'start');
  const to = timeOf(parameters, 'end');
  if (to < from) throw new QueryError('invalid parameter "end": end timestamp must not be before start time');
  const stepMs = stepOf(parameters);
  if ((to - from) / stepMs > MOST_POINTS) {
    throw new QueryError(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  return { from, to, stepMs };
}
