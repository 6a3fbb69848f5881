import { expect, it } from 'vitest';
import { usageOptions } from './options.ts';

it('fills in what is not said', () => {
  expect(usageOptions()).toMatchObject({
    prometheus: [],
    interval_seconds: 60,
    delay_seconds: 60,
    parallel_windows: 2,
    catch_up_days: 7,
    gpu: [],
  });
  const { prometheus } = usageOptions({ prometheus: [{ cluster: 'c', url: 'http://prometheus:9090' }] });
  expect(prometheus[0]).toMatchObject({ enabled: true, method: 'auto', measures: {}, matchers: {}, headers: {} });
});

it('takes a source, off or an expression for a measure', () => {
  const measures = { cpu_cores: 'off', memory_bytes: { expression: 'sum by (namespace, pod) (rss)' } };
  const given = { prometheus: [{ cluster: 'c', url: 'http://p', measures }] };
  expect(usageOptions(given).prometheus[0]?.measures).toEqual(measures);
});

it.each([
  { prometheus: [{ url: 'http://p' }] },
  { prometheus: [{ cluster: 'c', url: 'http://p', method: 'scrape' }] },
  { prometheus: [{ cluster: 'c', url: 'http://p', measures: { cpu_cores: { expr: 'up' } } }] },
  { prometheus: [{ cluster: 'c', url: 'http://p', labels: {} }] },
  { interval_seconds: 0 },
  { parallel_windows: 0 },
  { gpu: [{ name: 'x', memory: { metric: 'a b' } }] },
  { gpu: [{ name: 'x', pod_label: 'a-b' }] },
])('refuses %o', (given) => {
  expect(() => usageOptions(given)).toThrow('Parse');
});
