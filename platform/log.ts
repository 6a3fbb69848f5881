import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard error. Credentials are masked wherever they might turn up as fields. */
export function createLogger(options: { level: string; role: string }): Logger {
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: pino.stdTimeFunctions.isoTime,
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
