import type { Clock } from '../../../platform/clock.ts';
import { isAppError, messageOf } from '../../../platform/errors.ts';
import type { KubeTransport } from '../kube-transport.ts';
import { readable } from './log-text.ts';
import { TailKeeper, type Tail } from './tail-keeper.ts';

export interface LogQuestion {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly follow: boolean;
}

/** `broken`: no answer, or the body ended with an error, with what of it had come. */
export type LogAnswer =
  | { readonly kind: 'body'; readonly tail: Tail; readonly complete: boolean }
  | { readonly kind: 'status'; readonly status: number; readonly message: string }
  | { readonly kind: 'broken'; readonly timeout: boolean; readonly message: string; readonly tail: Tail };

export interface AskOptions {
  readonly tailLines: number;
  readonly maxBytes: number;
  readonly maxReadBytes: number;
}

const ERROR_BODY_BYTES = 4096;

function pathOf(question: LogQuestion, tailLines: number): string {
  const query = new URLSearchParams({
    container: question.container,
    timestamps: 'true',
    tailLines: String(tailLines),
  });
  if (question.previous) query.set('previous', 'true');
  if (question.follow) query.set('follow', 'true');
  const pod = encodeURIComponent(question.pod);
  return `/api/v1/namespaces/${encodeURIComponent(question.namespace)}/pods/${pod}/log?${query.toString()}`;
}

/** Reads until the end, `maxReadBytes` or the signal; an iterator that heeds no signal is left behind. */
async function drain(body: AsyncIterable<Uint8Array>, keeper: TailKeeper, maxReadBytes: number, signal: AbortSignal) {
  const iterator = body[Symbol.asyncIterator]();
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  while (keeper.total < maxReadBytes) {
    const next = iterator.next();
    next.catch(() => undefined);
    const result = await Promise.race([next, stopped]);
    if (result === null) return 'stopped';
    if (result.done) return 'complete';
    keeper.push(result.value);
  }
  return 'bounded';
}

function messageOfStatus(tail: Tail): string {
  const text = readable(tail.bytes);
  try {
    const message = (JSON.parse(text) as { message?: unknown } | null)?.message;
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

/**
 * Asks for one log once and keeps its end. Ends after `timeoutMs` at the latest, or when `signal` aborts. Never throws:
 * an unreachable server is a `broken` answer.
 */
export async function askForLog(
  deps: { transport: KubeTransport; clock: Clock; options: AskOptions; onTail?: (keeper: TailKeeper) => void },
  question: LogQuestion,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<LogAnswer> {
  const { transport, clock, options } = deps;
  const keeper = new TailKeeper(options.maxBytes);
  deps.onTail?.(keeper);
  const ended = new AbortController();
  let timedOut = false;
  const cancel = clock.after(limits.timeoutMs, () => {
    timedOut = true;
    ended.abort();
  });
  const abort = () => ended.abort();
  if (limits.signal.aborted) abort();
  limits.signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await transport.request({
      path: pathOf(question, options.tailLines),
      signal: ended.signal,
      timeoutMs: Math.min(limits.timeoutMs, 30_000),
    });
    try {
      if (response.status < 200 || response.status > 299) {
        const refusal = new TailKeeper(ERROR_BODY_BYTES);
        await drain(response.body, refusal, ERROR_BODY_BYTES, ended.signal).catch(() => undefined);
        return { kind: 'status', status: response.status, message: messageOfStatus(refusal.tail()).slice(0, 500) };
      }
      const end = await drain(response.body, keeper, options.maxReadBytes, ended.signal);
      if (end !== 'stopped') return { kind: 'body', tail: keeper.tail(), complete: end === 'complete' };
      return { kind: 'broken', timeout: timedOut, message: 'the log did not end in time', tail: keeper.tail() };
    } finally {
      response.destroy();
    }
  } catch (error) {
    const timeout = timedOut || isAppError(error, 'timeout');
    return { kind: 'broken', timeout, message: messageOf(error).slice(0, 500), tail: keeper.tail() };
  } finally {
    cancel();
    limits.signal.removeEventListener('abort', abort);
  }
}
