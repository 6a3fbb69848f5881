import { AppError, isAppError } from '../../../platform/errors.ts';

/** What an HTTP answer that is no success means. */
export interface Refusal {
  readonly status: number;
  /** Prometheus' `errorType`, '' where the body is no answer of its API. */
  readonly errorType: string;
  /** In words, masked and cut. */
  readonly text: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The address, without query. */
  readonly where: string;
}

/**
 * Too much for one answer: asking for less may go through. 422 is Prometheus' for what fails in the execution (the
 * limit of samples above all), 413 a proxy's; the limits of points and of a remote read's samples are told in words only.
 */
const isTooMuch = ({ status, errorType, text }: Refusal): boolean =>
  status === 413 ||
  status === 422 ||
  (status === 503 && errorType === 'timeout') ||
  (status === 400 && /exceeded maximum resolution|exceeded sample limit|too many (samples|points)/i.test(text));

/** An answer's error type, where the answer itself was a success over HTTP. */
const STATUS_OF: Readonly<Record<string, number>> = { bad_data: 400, execution: 422, not_found: 404, timeout: 503 };
export const statusOfErrorType = (errorType: string): number => STATUS_OF[errorType] ?? 500;

/** The error of a refusal; its code says what can be done about it. */
export function refusalError(refusal: Refusal): AppError {
  const { status, errorType, text, retryAfterMs, where } = refusal;
  const details = {
    status,
    where,
    ...(errorType && { error_type: errorType }),
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  };
  const message = `${where} answered ${status}${text === '' ? '' : `: ${text}`}`;
  if (isTooMuch(refusal)) return new AppError('prometheus_too_much', message, { details });
  if (status === 401 || status === 403 || status === 407)
    return new AppError('prometheus_denied', message, { details });
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    return new AppError('prometheus_unavailable', message, { retryable: true, details });
  }
  if (status < 400) return new AppError('prometheus_bad_answer', message, { details });
  return new AppError('prometheus_rejected', message, { details });
}

const WORDS: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut off',
  Z_BUF_ERROR: 'the answer was cut off',
};

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** The error of a connection or body that failed: `aborted` by the caller, else nearly always `prometheus_unavailable`. */
export function connectionError(error: unknown, where: string, signal?: AbortSignal): AppError {
  if (isAppError(error)) return error;
  if (signal?.aborted) return new AppError('aborted', 'the request was aborted', { cause: signal.reason });
  const code = codeOf(error);
  if (code === 'Z_DATA_ERROR' || code.startsWith('HPE_')) {
    return new AppError('prometheus_bad_answer', `${where}: the answer cannot be read (${code})`, {
      details: { where },
    });
  }
  return new AppError('prometheus_unavailable', `${where}: ${WORDS[code] ?? 'the request failed'} (${code})`, {
    retryable: true,
    cause: error,
    details: { where },
  });
}
