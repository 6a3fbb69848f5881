import type { ErrorCode } from '../../../platform/errors.ts';
import type { Metrics } from '../../../platform/metrics.ts';
import { WINDOW_STATES } from '../../../schemas/usage.ts';
import type { Imported } from './window.ts';

export interface ImportMetrics {
  imported(cluster: string, imported: Imported, nowMs: number): void;
  failed(cluster: string, code: ErrorCode): void;
  /** How far behind now what is imported of the hour that goes on is, in milliseconds. */
  lag(cluster: string, ms: number): void;
  states(cluster: string, hours: ReadonlyMap<string, number>): void;
}

export function createImportMetrics(metrics: Metrics): ImportMetrics {
  const by = ['cluster'] as const;
  const lag = metrics.gauge('usage_import_lag_seconds', 'How far behind now the imported usage is', by);
  const windows = metrics.gauge('usage_import_windows', 'Hours by state', ['cluster', 'state']);
  const errors = metrics.counter('usage_import_errors_total', 'Imports that failed', ['cluster', 'code']);
  const rows = metrics.counter('usage_import_rows_total', 'Rows of usage written', by);
  const samples = metrics.counter('usage_import_samples_total', 'Samples read', by);
  const bad = metrics.counter('usage_import_bad_samples_total', 'Samples left out', by);
  const success = metrics.gauge('usage_import_last_success_seconds', 'When usage was last imported, Unix time', by);
  return {
    imported(cluster, imported, nowMs) {
      rows.inc({ cluster }, imported.rows);
      samples.inc({ cluster }, imported.samples);
      bad.inc({ cluster }, imported.badSamples);
      success.set({ cluster }, nowMs / 1_000);
    },
    failed: (cluster, code) => errors.inc({ cluster, code }),
    lag: (cluster, ms) => lag.set({ cluster }, ms / 1_000),
    states(cluster, hours) {
      for (const state of WINDOW_STATES) windows.set({ cluster, state }, hours.get(state) ?? 0);
    },
  };
}
