import { realClock } from '../../../../platform/clock.ts';
import { silentLogger } from '../../../../platform/log.ts';
import { prometheusOptions } from '../options.ts';
import { createPrometheus, type Prometheus } from '../prometheus.ts';
import type { OnSeries } from '../series.ts';
import type { FakePrometheus } from './fake-prometheus.ts';
import type { TestSeries } from './read-encoding.ts';

/** A client of a fake server, impatient, with further options. */
export const clientOf = (fake: Pick<FakePrometheus, 'url'>, options: Record<string, unknown> = {}): Prometheus =>
  createPrometheus(
    prometheusOptions({
      url: fake.url,
      connect_timeout_ms: 2_000,
      answer_timeout_ms: 30_000,
      idle_timeout_ms: 30_000,
      ...options,
    }),
    { clock: realClock, log: silentLogger },
  );

/** Keeps copies of the series it is given, values by their bits. */
export function keepSeries(): { kept: (TestSeries & { selector: number })[]; onSeries: OnSeries } {
  const kept: (TestSeries & { selector: number })[] = [];
  return {
    kept,
    onSeries: ({ selector, labels, count, times, values }) => {
      const bits = new BigUint64Array(values.buffer);
      const samples = Array.from({ length: count }, (_, index) => ({ atMs: times[index]!, value: bits[index]! }));
      kept.push({ selector, labels: { ...labels }, samples });
    },
  };
}
