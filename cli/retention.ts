import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Retention } from '../platform/store/retention.ts';
import type { Config } from './config.ts';

const DAY_MS = 24 * 3_600_000;

export const retentionOf = ({ retention }: Pick<Config, 'retention'>): Retention => ({
  exceptionsDays: retention.exceptions_days,
  servicesDays: retention.services_days,
  logsDays: retention.logs_days,
  journalDays: retention.journal_days,
  coverageDays: retention.coverage_days,
  deadLettersDays: retention.dead_letters_days,
  usageDays: retention.usage_days,
  usageHourlyDays: retention.usage_hourly_days,
  usageDailyDays: retention.usage_daily_days,
  resourcesDays: retention.resources_days,
});

/**
 * Applies the retention once a day, for a process that runs for months. What fails is logged and tried again the day after.
 * Resolves what it returns once nothing of it runs any more.
 */
export function applyDaily(apply: () => Promise<unknown>, { clock, log }: { clock: Clock; log: Logger }) {
  const stop = new AbortController();
  const run = async () => {
    for (;;) {
      await clock.sleep(DAY_MS, stop.signal);
      if (stop.signal.aborted) return;
      try {
        await apply();
      } catch (error) {
        log.error({ error: messageOf(error) }, 'what is older than the retention could not be deleted; tomorrow again');
      }
    }
  };
  const done = run();
  return async (): Promise<void> => {
    stop.abort();
    await done;
  };
}
