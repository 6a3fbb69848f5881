import type { UsageItem } from '../schemas/api/usage.ts';
import { lineOf, median, type Measured } from './report.ts';
import { tableByRanges, tableBySubqueries } from './usage/peer-queries.ts';
import { once, prepareMonth, times } from './usage/prepare.ts';
import { requireSame, SAME, VICTORIAS_OWN, type Figures } from './usage/setting.ts';

// A month's table of 1,000 pods, as the API answers it out of the roll-ups, beside the eight range queries of 30 s steps to Prometheus
// and to VictoriaMetrics, with maxima and averages made by the client; and beside instant subqueries, which the server sums up itself.

const TURNS = 9;
const BOUND_MS = 500;
const AIM = 15;
/** 37 and 23 minutes off the hours: instants, hours and days are put together. */
const ODD_MS = { from: 37 * 60_000, to: 23 * 60_000 };

const figuresOf = (items: readonly UsageItem[]): Figures =>
  new Map(
    items.map(({ namespace, pod, cpu, memory, gpu }) => [
      `${namespace}/${pod}`,
      {
        cpu_avg: cpu.avg,
        cpu_max: cpu.max,
        cpu_request_max: cpu.request,
        cpu_limit_max: cpu.limit,
        memory_avg: memory.avg,
        memory_max: memory.max,
        memory_request_max: memory.request,
        memory_limit_max: memory.limit,
        gpu_avg: gpu.utilisation.avg,
        gpu_max: gpu.utilisation.max,
        gpu_memory_avg: gpu.memory.avg,
        gpu_memory_max: gpu.memory.max,
      },
    ]),
  );

const month = await prepareMonth();
const lines: string[] = [];
const print = (measured: Omit<Measured, 'bench'>) => lines.push(lineOf({ bench: 'table', ...measured }));
/** Tables an hour of each, since the peer's may take minutes. */
const beside = (metric: string, oursMs: number, peerMs: number, aim: number): void =>
  void print({ metric, ours: 3.6e6 / oursMs, peer: 3.6e6 / peerMs, aim });
try {
  const { range, prometheus, victoria } = month;
  const table = figuresOf(await month.whole('sort=name'));
  const peers = [
    { name: 'prometheus', url: prometheus, share: 0 },
    { name: 'victoria_metrics', url: victoria, share: VICTORIAS_OWN },
  ];
  const found: { name: string; rangesMs: number; subqueriesMs: number }[] = [];
  for (const { name, url, share } of peers) {
    const ranges = await once(`${name}, eight range queries`, () => tableByRanges(url, range));
    requireSame(`ours and ${name}'s ranges`, table, ranges.found, SAME, share);
    const subqueries = await once(`${name}, subqueries`, () => tableBySubqueries(url, range));
    requireSame(`ours and ${name}'s subqueries`, table, subqueries.found, SAME, share);
    found.push({ name, rangesMs: ranges.ms, subqueriesMs: subqueries.ms });
  }
  const wholeMs = median(await times('all rows', TURNS, () => month.whole('sort=waste_cpu')));
  const pageMs = median(await times('first 100', TURNS, () => month.page('sort=waste_cpu&limit=100')));
  const odd = { fromMs: range.fromMs + ODD_MS.from, toMs: range.toMs - ODD_MS.to };
  const oddMs = median(await times('first 100, odd range', TURNS, () => month.page('sort=waste_cpu&limit=100', odd)));
  for (const { name, rangesMs, subqueriesMs } of found) {
    beside(`all_rows_per_hour_beside_${name}`, wholeMs, rangesMs, AIM);
    beside(`all_rows_per_hour_beside_${name}_subqueries`, wholeMs, subqueriesMs, 0);
  }
  print({ metric: 'all_rows_ms', ours: wholeMs, peer: BOUND_MS, better: 'lower', aim: 1 });
  print({ metric: 'first_100_ms', ours: pageMs, peer: BOUND_MS, better: 'lower', aim: 1 });
  print({ metric: 'first_100_of_odd_range_ms', ours: oddMs, peer: BOUND_MS, better: 'lower', aim: 1 });
  for (const line of lines) console.log(line);
} finally {
  await month.close();
}
process.exit(0);
