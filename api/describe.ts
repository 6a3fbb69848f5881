import { realClock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import { silentLogger } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { buildApp } from './app.ts';
import { OPEN } from './auth.ts';

/** The API's OpenAPI description, as `/api/v1/openapi.json` gives it, made without a store or a journal. */
export async function describeApi(): Promise<object> {
  const absent = (): never => {
    throw new AppError('internal', 'the API is only described here, not served');
  };
  const store = {
    insert: absent,
    insertColumns: absent,
    insertSelect: absent,
    query: absent,
    queryAfterWrite: absent,
    queryTextAfterWrite: absent,
    command: absent,
    ping: absent,
    close: absent,
  };
  const app = await buildApp({
    store,
    bus: { tail: absent, check: absent },
    auth: OPEN,
    clock: realClock,
    log: silentLogger,
    metrics: createMetrics(),
  });
  try {
    await app.ready();
    return app.swagger();
  } finally {
    await app.close();
  }
}
