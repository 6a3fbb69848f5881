import { matches, parseSelector, type ValuesOf } from '../../prometheus/testing/fake-prometheus.ts';
import type { TestSeries } from '../../prometheus/testing/read-encoding.ts';

/** The instants at which a series is scraped, in milliseconds since the Unix epoch. */
export interface Scrapes {
  readonly fromMs: number;
  readonly count: number;
  readonly everyMs: number;
}

/**
 * Memory and CPU of two pods, shop/cart-1 and shop/cart-2, with today's names: 0.25 cores each, and memory of as many MiB as the
 * pod's number says and a byte more each scrape; `oddAt` is a scrape at which it is not a number.
 */
export const shopSeries = ({ fromMs, count, everyMs }: Scrapes, oddAt = -1): TestSeries[] => {
  const seriesOf = (labels: Record<string, string>, value: (index: number) => number): TestSeries => ({
    labels,
    samples: Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index * everyMs, value: value(index) })),
  });
  return ['cart-1', 'cart-2'].flatMap((pod, place) => {
    const container = { namespace: 'shop', pod, container: 'app', image: 'app:1', id: `/${pod}` };
    return [
      seriesOf({ __name__: 'container_memory_working_set_bytes', ...container }, (index) =>
        index === oddAt ? Number.NaN : (place + 1) * 2 ** 20 + index,
      ),
      seriesOf(
        { __name__: 'container_cpu_usage_seconds_total', ...container, cpu: 'total' },
        (index) => (index * everyMs) / 4_000,
      ),
    ];
  });
};

/** Answers the counts by which sources are found as a server would that has `series` at any time; and nothing else. */
export const countsOf =
  (series: () => readonly TestSeries[]): ValuesOf =>
  (expression, atMs) =>
    [...expression.matchAll(/label_replace\(count\((.*?\})\), "candidate", "(\d+)"/g)].flatMap(
      ([, selector = '', candidate = '']) => {
        const found = series().filter(({ labels }) => matches(labels, parseSelector(selector))).length;
        return found === 0 ? [] : [{ labels: { candidate }, samples: [{ atMs, value: found }] }];
      },
    );
