import { AppError, isAppError } from '../../../platform/errors.ts';
import { collect, type Http, type HttpAnswer } from './http.ts';
import { createLabelCache } from './label-cache.ts';
import type { Matcher, Selector } from './matchers.ts';
import { readRequest } from './read-request.ts';
import { readSamples } from './samples-read.ts';
import { emptySummary, type OnSeries, type ReadSummary } from './series.ts';
import { readStream } from './streamed-read.ts';

/** A remote read without streams that is too much is not cut further than into minutes. */
const PART_MS = 60_000;

const HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-read-version': '0.1.0',
};

/** Throws `bad_request` for times that are none, or in the wrong order. */
export function checkRange(fromMs: number, toMs: number): void {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs) || toMs < fromMs) {
    throw new AppError('bad_request', `no range of time: ${fromMs} to ${toMs}`);
  }
}

/** VictoriaMetrics answers 400 to a path that it does not have, and says so in words. */
function withoutRemoteRead(error: unknown): unknown {
  if (!isAppError(error)) return error;
  const status = Number(error.details['status']);
  const missing = [404, 405, 410, 501].includes(status) || (status === 400 && /unsupported path/i.test(error.message));
  if (!missing) return error;
  const message = `${String(error.details['where'])} has no remote read (it answered ${status})`;
  return new AppError('prometheus_no_remote_read', message, { details: error.details });
}

/**
 * Remote read of one server. It asks for streamed chunks and takes plain samples where the server does not stream;
 * those are held as a whole, up to `maxBytes`, and asked for in halves when they are too much, so that a series may be
 * handed over in several parts, in order of time.
 */
export function createRemoteRead(http: Http, matchers: readonly Matcher[], maxBytes: number) {
  const labels = createLabelCache();

  return async (
    selectors: readonly Selector[],
    fromMs: number,
    toMs: number,
    onSeries: OnSeries,
    signal?: AbortSignal,
  ): Promise<ReadSummary> => {
    checkRange(fromMs, toMs);
    const summary = emptySummary();
    if (selectors.length === 0) return summary;
    const asked = selectors.map((selector) => [...selector, ...matchers]);
    let delivered = false;
    const deliver: OnSeries = (series) => {
      delivered = true;
      return onSeries(series);
    };

    const take = async (answer: HttpAnswer, from: number, to: number): Promise<void> => {
      const range = { fromMs: from, toMs: to, selectors: asked.length, maxBytes };
      if (answer.contentType.startsWith('application/x-streamed-protobuf')) {
        return readStream(answer.body, range, labels, deliver, summary);
      }
      if (!answer.contentType.startsWith('application/x-protobuf')) {
        answer.discard();
        const type = JSON.stringify(answer.contentType.slice(0, 60));
        throw new AppError('prometheus_bad_answer', `${answer.where} answers a remote read by ${type}`, {
          details: { where: answer.where },
        });
      }
      const body = await collect(answer.body, maxBytes);
      summary.bytes += body.length;
      await readSamples(body, range, deliver, summary);
    };

    // Both ends belong to a read: a part ends a millisecond before the next begins.
    const part = async (from: number, to: number): Promise<void> => {
      delivered = false;
      summary.requests += 1;
      try {
        const body = readRequest(asked, from, to);
        const answer = await http.request({ method: 'POST', path: '/api/v1/read', body, headers: HEADERS, signal });
        await take(answer, from, to);
      } catch (error) {
        if (!isAppError(error, 'prometheus_too_much') || delivered || to - from < PART_MS)
          throw withoutRemoteRead(error);
        const middle = from + Math.floor((to - from) / 2);
        await part(from, middle);
        await part(middle + 1, to);
      }
    };
    await part(fromMs, toMs);
    return summary;
  };
}
