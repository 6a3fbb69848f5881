import type { UsageItem } from '../schemas/api/usage.ts';
import { lineOf, median } from './report.ts';
import { p95ByPeer } from './usage/peer-queries.ts';
import { once, prepareMonth, times } from './usage/prepare.ts';
import { requireSame, SAME_P95, type Figures } from './usage/setting.ts';

// The 95th percentile of CPU and memory of 1,000 pods over a month, the highest first: out of the roll-ups' buckets as the API answers
// it, with all else that the table has, beside quantile_over_time of Prometheus and of VictoriaMetrics over every sample.

const TURNS = 9;
const AIM = 10;

const figuresOf = (items: readonly UsageItem[]): Figures =>
  new Map(
    items.map(({ namespace, pod, cpu, memory }) => [
      `${namespace}/${pod}`,
      { cpu_p95: cpu.p95, memory_p95: memory.p95 },
    ]),
  );

const month = await prepareMonth();
try {
  const { range, prometheus, victoria } = month;
  const all = () => month.whole('sort=cpu_p95');
  const table = figuresOf(await all());
  const peers = { prometheus, victoria_metrics: victoria };
  const found: { name: string; ms: number }[] = [];
  for (const [name, url] of Object.entries(peers)) {
    const quantiles = await once(`${name}, quantile_over_time`, () => p95ByPeer(url, range));
    requireSame(`ours and ${name}'s`, table, quantiles.found, SAME_P95);
    found.push({ name, ms: quantiles.ms });
  }
  const oursMs = median(await times('all rows by p95', TURNS, all));
  for (const { name, ms } of found) {
    const rates = { ours: 3.6e6 / oursMs, peer: 3.6e6 / ms };
    console.log(lineOf({ bench: 'p95', metric: `per_hour_beside_${name}`, ...rates, aim: AIM }));
  }
} finally {
  await month.close();
}
process.exit(0);
