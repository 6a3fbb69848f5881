import { realClock, type Clock } from '../platform/clock.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { createMetrics, type Metrics } from '../platform/metrics.ts';
import { readConfig, type Config } from './config.ts';

/** What every role is built from. */
export interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Reads the configuration and makes the real parts of one process. Throws AppError `config_invalid`. */
export function createParts(role: string, change: (config: Config) => Config = (config) => config): Parts {
  const config = change(readConfig());
  return {
    config,
    clock: realClock,
    log: createLogger({ level: config.log_level, role }),
    metrics: createMetrics({ process: true }),
  };
}
