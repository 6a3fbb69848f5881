import { AppError } from '../../platform/errors.ts';
import type { KubeResponse } from './kube-transport.ts';

/**
 * What to do about an answer that is not 200. `unreadable`: not allowed, or not served; ask again later. `expired`: the
 * version or the continue token is too old (or from the future): list anew. `retry`: the server's trouble.
 */
export type Verdict = 'unreadable' | 'expired' | 'retry';

/** An API server's refusal: an HTTP status, or a Status object in the middle of a watch. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly verdict: Verdict;
  readonly retryAfterMs: number | null;

  constructor(status: number, verdict: Verdict, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.verdict = verdict;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Status {
  code?: number;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string }[]; retryAfterSeconds?: number };
}

const MESSAGE_LENGTH = 300;
/** A server that asks for more is asked again all the same: a recorder must not be deaf for a day. */
const MAX_RETRY_AFTER_SECONDS = 300;
const STATUS_BYTES = 64 * 1024;
const UNREADABLE = new Set([401, 403, 404, 405]);

function verdictOf(code: number, status: Status): Verdict {
  if (UNREADABLE.has(code)) return 'unreadable';
  if (code === 410 || status.reason === 'Expired' || status.reason === 'Gone') return 'expired';
  return status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') ? 'expired' : 'retry';
}

function refusedBy(code: number, status: Status, retryAfter: string | undefined): Refused {
  const seconds =
    retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : status.details?.retryAfterSeconds;
  const words = [status.reason, status.message].filter(Boolean).join(': ');
  const message = `HTTP ${code} ${words}`.trim().slice(0, MESSAGE_LENGTH);
  return new Refused(
    code,
    verdictOf(code, status),
    message,
    seconds === undefined ? null : Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000,
  );
}

/** The refusal that an ERROR event of a watch carries. */
export function refusedInWatch(object: unknown): Refused {
  const status = (typeof object === 'object' && object !== null ? object : {}) as Status;
  return refusedBy(typeof status.code === 'number' ? status.code : 500, status, undefined);
}

/** Reads a whole body. Throws AppError `entry_too_large` when it is longer than `maxBytes`, and drops the connection. */
export async function readBody(response: KubeResponse, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    parts.push(part);
    length += part.length;
    if (length > maxBytes) {
      response.destroy();
      throw new AppError('entry_too_large', `the answer is longer than ${maxBytes} bytes`, { details: { maxBytes } });
    }
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The refusal that an answer other than 200 means; its body is read up to a bound. */
export async function refusedByAnswer(response: KubeResponse): Promise<Refused> {
  let status: Status = {};
  try {
    const parsed: unknown = JSON.parse(await readBody(response, STATUS_BYTES));
    if (typeof parsed === 'object' && parsed !== null) status = parsed;
  } catch {
    response.destroy();
  }
  return refusedBy(response.status, status, response.headers['retry-after']);
}
