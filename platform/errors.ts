/** Codes are what code decides on; messages are for people. */
export type ErrorCode =
  | 'config_invalid'
  | 'kubeconfig_invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'bad_request'
  | 'conflict'
  | 'unavailable'
  | 'timeout'
  | 'offset_out_of_range'
  | 'too_many_partitions'
  | 'log_corrupt'
  | 'disk_full'
  | 'entry_too_large'
  | 'migration_edited'
  | 'store_error'
  | 'store_unavailable'
  | 'prometheus_unavailable'
  | 'prometheus_denied'
  | 'prometheus_rejected'
  | 'prometheus_bad_answer'
  | 'prometheus_too_much'
  | 'prometheus_no_remote_read'
  | 'prometheus_nothing'
  | 'aborted'
  | 'internal';

/** The one error class. `retryable` says whether the same call may go through later. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = Object.freeze({ ...options.details });
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code);

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
