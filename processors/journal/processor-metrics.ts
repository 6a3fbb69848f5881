import type { Metrics } from '../../platform/metrics.ts';

/** What one group of folds counts, by cluster. */
export function createProcessorMetrics(metrics: Metrics, group: string) {
  const by = ['group', 'cluster'] as const;
  const lag = metrics.gauge('processor_lag_entries', 'Journal entries not folded yet', by);
  const lastSuccess = metrics.gauge('processor_last_success_seconds', 'When the last batch was folded, Unix time', by);
  const entries = metrics.counter('processor_entries_total', 'Journal records folded', by);
  const rows = metrics.counter('processor_rows_total', 'Rows written', ['group', 'table']);
  const deadLetters = metrics.counter('processor_dead_letters_total', 'Records that could not be read', [
    ...by,
    'reason',
  ]);
  const repeats = metrics.counter('processor_repeats_total', 'Repeated entries dropped', by);
  const holes = metrics.counter('processor_holes_total', 'Entry numbers missing', by);
  const gaps = metrics.counter('processor_gaps_total', 'Stretches of the journal that are missing', by);
  const errors = metrics.counter('processor_errors_total', 'Batches that failed and were tried again', by);
  const seconds = metrics.histogram(
    'processor_batch_seconds',
    'Time to fold and write one batch',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ['group'],
  );
  return {
    lag: (cluster: string, count: number) => lag.set({ group, cluster }, count),
    /** The journal is another reader's now: its lag is for that one to tell. */
    givenUp: (cluster: string) => {
      lag.remove({ group, cluster });
      lastSuccess.remove({ group, cluster });
    },
    failed: (cluster: string) => errors.inc({ group, cluster }),
    deadLetter: (cluster: string, reason: string) => deadLetters.inc({ group, cluster, reason }),
    rows: (table: string, count: number) => rows.inc({ group, table }, count),
    batch: (
      cluster: string,
      done: { entries: number; repeats: number; holes: number; gaps: number; atMs: number; tookMs: number },
    ) => {
      entries.inc({ group, cluster }, done.entries);
      repeats.inc({ group, cluster }, done.repeats);
      holes.inc({ group, cluster }, done.holes);
      gaps.inc({ group, cluster }, done.gaps);
      lastSuccess.set({ group, cluster }, done.atMs / 1000);
      seconds.observe({ group }, done.tookMs / 1000);
    },
  };
}

export type ProcessorMetrics = ReturnType<typeof createProcessorMetrics>;
