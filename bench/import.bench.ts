import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_MS } from '../deploy/testprometheus/make-blocks.ts';
import { startPrometheus } from '../deploy/testprometheus/test-prometheus.ts';
import { writeBlocks } from '../deploy/testprometheus/write-blocks.ts';
import { lineOf, median, type Measured } from './report.ts';
import { alternate, turn } from './turn.ts';
import { samplesOf, usageSeries } from './usage/generate.ts';
import { WAYS, type ImportCost, type ImportTurn, type Way } from './usage/import-turn.ts';
import { FROM, HOUR_MS, requireSame, SAME, scaled, shapeOf } from './usage/setting.ts';

// 14 hours of 1,000 pods, 10 million samples, out of Prometheus into pod_usage by the importer: by remote read, by the importer's
// other way (query_range), and by a client of query_range as people write it. Each turn in a fresh process with a fresh store; with
// roll-ups and without. Then the memory that the importing process grows by, its engine beside it and inside it.

const HOURS = 14;
const TURNS = 3;
const MOST_GROWTH_BYTES = 100e6;
const AIM = 8;
const TURN = new URL('usage/import-turn.ts', import.meta.url);

const range = { fromMs: FROM, toMs: FROM + HOURS * HOUR_MS };
const series = usageSeries(shapeOf(scaled(1_000), range.toMs));
const samples = samplesOf(series);
const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
writeBlocks(join(dir, 'blocks'), series, BLOCK_MS['6h']);
const prometheus = await startPrometheus({ blocks: join(dir, 'blocks') });

let stores = 0;
async function importBy(turnOf: Pick<ImportTurn, 'way' | 'rollUps' | 'engine'>, figures = false): Promise<ImportCost> {
  const path = join(dir, `store-${stores++}`);
  const asked: ImportTurn = { ...turnOf, ...range, url: prometheus.url, path };
  const cost = await turn<ImportCost>(TURN, [JSON.stringify(asked), figures ? 'figures' : '']);
  await rm(path, { recursive: true, force: true });
  const where = Object.entries(cost.parts).map(([part, seconds]) => `${part} ${seconds.toFixed(1)}`);
  const growth = `${Math.round(cost.growthBytes / 1e6)} MB more, engine ${turnOf.engine}`;
  const words = [`${cost.seconds.toFixed(1)} s, CPU ${cost.cpuSeconds.toFixed(1)} s`, where.join(' '), growth];
  console.log(`${turnOf.way} ${turnOf.rollUps ? 'with' : 'without'} roll-ups: ${words.join('; ')}`);
  return cost;
}

/** Throws unless all three write the same rows; it warms the server up too. */
async function checkSame(): Promise<void> {
  const costs = {} as Record<Way, ImportCost>;
  for (const way of WAYS) costs[way] = await importBy({ way, rollUps: true, engine: 'inside' }, true);
  for (const way of WAYS) {
    const [ours, other] = [costs.remote_read, costs[way]];
    if (other.rows !== ours.rows || other.rollUpRows !== ours.rollUpRows)
      throw new Error(
        `${way} wrote ${other.rows} rows and ${other.rollUpRows}, not ${ours.rows} and ${ours.rollUpRows}`,
      );
    requireSame(`remote_read and ${way}`, new Map(ours.figures), new Map(other.figures), SAME);
  }
  console.log(`${samples} samples, ${costs.remote_read.rows} rows, ${costs.remote_read.rollUpRows} of roll-ups`);
}

const lines: string[] = [];
const print = (measured: Omit<Measured, 'bench'>) => lines.push(lineOf({ bench: 'import', ...measured }));
try {
  await checkSame();
  for (const rollUps of [true, false]) {
    const rates = await alternate(WAYS, TURNS, async (way) => {
      const { seconds } = await importBy({ way, rollUps, engine: 'inside' });
      return samples / seconds;
    });
    const ours = median(rates.remote_read);
    const ending = rollUps ? 'with_roll_ups' : 'without';
    print({ metric: `samples_per_s_beside_query_range_${ending}`, ours, peer: median(rates.query_range), aim: AIM });
    print({ metric: `samples_per_s_beside_plain_client_${ending}`, ours, peer: median(rates.plain), aim: AIM });
  }
  const growth = async (engine: 'inside' | 'beside') =>
    (await importBy({ way: 'remote_read', rollUps: true, engine })).growthBytes;
  const [beside, inside] = [await growth('beside'), await growth('inside')];
  print({ metric: 'memory_growth_bytes', ours: beside, peer: MOST_GROWTH_BYTES, better: 'lower', aim: 1 });
  // The embedded engine's own blocks, sorts and merges are in it.
  print({ metric: 'memory_growth_bytes_engine_inside', ours: inside, peer: MOST_GROWTH_BYTES, aim: 0 });
  for (const line of lines) console.log(line);
} finally {
  await prometheus.stop();
  await rm(dir, { recursive: true, force: true });
}
process.exit(0);
