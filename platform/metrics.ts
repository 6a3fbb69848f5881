import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of one process; every name is prefixed `tidemark_`. */
export interface Metrics {
  readonly registry: Registry;
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram;
}

/** Asking twice for a name gives the same metric, so several clusters' parts can share one by a label. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const named = <T>(name: string, make: (full: string) => T): T => {
    const full = `tidemark_${name}`;
    return (registry.getSingleMetric(full) as T | undefined) ?? make(full);
  };
  return {
    registry,
    counter: (name, help, labels = []) =>
      named(name, (full) => new Counter({ name: full, help, labelNames: [...labels], registers: [registry] })),
    gauge: (name, help, labels = []) =>
      named(name, (full) => new Gauge({ name: full, help, labelNames: [...labels], registers: [registry] })),
    histogram: (name, help, buckets, labels = []) =>
      named(
        name,
        (full) =>
          new Histogram({ name: full, help, buckets: [...buckets], labelNames: [...labels], registers: [registry] }),
      ),
  };
}
