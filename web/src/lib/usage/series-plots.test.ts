import { expect, test } from 'vitest';
import { linesOf, metricsOf, PLOTS, plotsFor } from './series-plots.ts';
import type { UsageSeries } from './usage-api.ts';

const BEGIN = '2026-11-22T12:00:00.000Z';
const series = {
  begin: BEGIN,
  step_seconds: 60,
  points: 3,
  used: [
    { metric: 'cpu_cores', avg: [0, null, 1], max: [0, null, 2] },
    { metric: 'gpu_utilisation', avg: [null, null, null], max: [null, null, null] },
  ],
  set: [
    { metric: 'cpu_request_cores', steps: [{ at: BEGIN, value: 2 }] },
    { metric: 'cpu_limit_cores', steps: [{ at: BEGIN, value: null }] },
  ],
} as unknown as UsageSeries;
const plot = (id: string) => PLOTS.find((one) => one.id === id) ?? PLOTS[0]!;

test('lines of what was used, and of what was set at all', () => {
  const begin = Date.parse(BEGIN);
  expect(linesOf(plot('cpu'), series, (id) => id)).toEqual([
    {
      id: 'avg',
      title: 'avg',
      look: 'area',
      kind: 'samples',
      samples: { begin, stepMs: 60_000, values: [0, null, 1] },
    },
    {
      id: 'max',
      title: 'max',
      look: 'thin',
      kind: 'samples',
      samples: { begin, stepMs: 60_000, values: [0, null, 2] },
    },
    {
      id: 'request',
      title: 'request',
      look: 'dashed',
      kind: 'holds',
      until: begin + 180_000,
      holds: [{ at: begin, value: 2 }],
    },
  ]);
});

test('of memory there is a plot in any case, of a GPU only where there is one', () => {
  expect(linesOf(plot('memory'), series, (id) => id)[0]).toMatchObject({ samples: { values: [null, null, null] } });
  expect(linesOf(plot('gpu'), series, (id) => id)).toEqual([]);
});

test('a group is not asked for shares', () => {
  expect(metricsOf(plotsFor(true))).not.toContain('gpu_utilisation');
  expect(metricsOf(plotsFor(false))).toEqual(
    expect.arrayContaining(['gpu_utilisation', 'cpu_throttled', 'cpu_limit_cores']),
  );
});
