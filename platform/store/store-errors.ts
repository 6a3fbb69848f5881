import { ClickHouseError } from '@clickhouse/client';
import { AppError, isAppError, messageOf } from '../errors.ts';

/**
 * ClickHouse's error numbers after which the same call may go through: timeouts (159, 209), network (3, 210, 279), too many
 * queries or parts (202, 252), memory (241), disk space (243), a table or server that is starting or stopping (236, 242,
 * 425, 439, 999), and an insert whose outcome is unknown (319).
 */
const RETRYABLE = new Set([3, 159, 202, 209, 210, 236, 241, 242, 243, 252, 279, 319, 425, 439, 999]);

/** What the client or the engine threw, as an AppError: `store_unavailable` may be retried, `store_error` may not. */
export function toStoreError(error: unknown, doing: string): AppError {
  if (isAppError(error)) return error;
  if (!(error instanceof ClickHouseError)) {
    if (error instanceof Error && error.name === 'AbortError') {
      return new AppError('aborted', `${doing}: given up`, { cause: error });
    }
    return new AppError('store_unavailable', `the store cannot be reached: ${messageOf(error)}`, {
      retryable: true,
      cause: error,
    });
  }
  const code = Number(error.code);
  const retryable = RETRYABLE.has(code);
  return new AppError(retryable ? 'store_unavailable' : 'store_error', `${doing}: ${error.message}`, {
    retryable,
    cause: error,
    details: { clickhouse_code: code, clickhouse_type: error.type ?? '' },
  });
}
