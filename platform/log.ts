import { pino, type Logger } from 'pino';
import { isAppError } from './errors.ts';

export type { Logger };

/** Of an outage that passes, tried again and again, the message says all; a stack is for what nobody expected. */
export const serializers = {
  err: (error: unknown): unknown =>
    isAppError(error) && error.retryable
      ? { type: error.name, code: error.code, message: error.message }
      : pino.stdSerializers.err(error as Error),
};

/** JSON lines on standard error. Credentials are masked wherever they might turn up as fields. */
export function createLogger(options: { level: string; role: string }): Logger {
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers,
      redact: {
        paths: ['password', 'token', 'authorization', '*.password', '*.token', '*.authorization'],
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** For tests and for parts that run before a logger is made. */
export const silentLogger: Logger = pino({ level: 'silent' });
