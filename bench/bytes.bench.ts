import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_MS } from '../deploy/testprometheus/make-blocks.ts';
import { startPrometheus } from '../deploy/testprometheus/test-prometheus.ts';
import { startVictoriaMetrics } from '../deploy/testprometheus/test-victoria-metrics.ts';
import type { Store } from '../platform/store/store.ts';
import { MEASURE_NAMES } from '../schemas/usage.ts';
import { lineOf, type Measured } from './report.ts';
import { turn } from './turn.ts';
import { importIntoBlocks, importIntoVictoriaMetrics } from './usage/generate-import.ts';
import { samplesOf, usageSeries } from './usage/generate.ts';
import type { ImportCost, ImportTurn } from './usage/import-turn.ts';
import { openBenchStore } from './usage/open-store.ts';
import { FROM, scaled, shapeOf } from './usage/setting.ts';

// Bytes on the disk of one measure known at one instant: of pod_usage as it is merged in the end, and of a sample in Prometheus'
// longest block (promtool's), chunks and index, and in VictoriaMetrics' folder. The roll-ups, which the peers have none of, beside.

const PODS = 500;
const SPAN = '54h';
const AIM = 0.75;
const ROLL_UPS = [
  'pod_usage_1h_versions',
  'pod_usage_1d_versions',
  'group_usage_1h_versions',
  'group_usage_1d_versions',
];

/** Files whose path within the folder satisfies `wanted`, in bytes. */
async function bytesIn(dir: string, wanted: (path: string) => boolean = () => true): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.filter(wanted).map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function bytesOf(store: Store, table: string): Promise<number> {
  const [found] = await store.query<{ bytes: number }>(
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}',
    { table },
  );
  return found?.bytes ?? 0;
}

/** Values that are known, over all measures. */
async function knownIn(store: Store): Promise<number> {
  const sum = MEASURE_NAMES.map((name) => `count(${name})`).join(' + ');
  return (await store.query<{ known: number }>(`SELECT ${sum} AS known FROM pod_usage`))[0]!.known;
}

async function tellColumns(store: Store, known: number): Promise<void> {
  const rows = await store.query<{ column: string; bytes: number }>(
    `SELECT column, sum(column_bytes_on_disk) AS bytes FROM system.parts_columns
    WHERE active AND database = currentDatabase() AND table = 'pod_usage_versions' GROUP BY column ORDER BY bytes DESC LIMIT 8`,
  );
  const words = rows.map(({ column, bytes }) => `${column} ${(bytes / known).toFixed(3)}`);
  console.log(`of them, by column: ${words.join(', ')}`);
}

const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const spanMs = BLOCK_MS[SPAN];
// A block begins at a multiple of its span.
const fromMs = Math.ceil(FROM / spanMs) * spanMs;
const toMs = fromMs + spanMs;
const series = usageSeries({ ...shapeOf(scaled(PODS), toMs), fromMs });
const samples = samplesOf(series);
const lines: string[] = [];
const print = (measured: Omit<Measured, 'bench'>) => lines.push(lineOf({ bench: 'bytes', ...measured }));
try {
  const blocks = join(dir, 'blocks');
  await importIntoBlocks(blocks, series, { span: SPAN });
  const chunks = (await bytesIn(blocks, (path) => path.includes('/chunks/'))) / samples;
  const prometheusBytes = chunks + (await bytesIn(blocks, (path) => path.endsWith('/index'))) / samples;

  const victoriaDir = join(dir, 'victoria');
  const victoria = await startVictoriaMetrics({ dir: victoriaDir });
  await importIntoVictoriaMetrics(victoria.url, series);
  await (await fetch(`${victoria.url}/internal/force_merge`)).text();
  await victoria.stop();
  const victoriaBytes = (await bytesIn(join(victoriaDir, 'data'), (path) => !path.endsWith('flock.lock'))) / samples;

  const prometheus = await startPrometheus({ blocks });
  const path = join(dir, 'store');
  const asked: ImportTurn = {
    way: 'remote_read',
    rollUps: true,
    engine: 'inside',
    url: prometheus.url,
    path,
    fromMs,
    toMs,
  };
  try {
    await turn<ImportCost>(new URL('usage/import-turn.ts', import.meta.url), [JSON.stringify(asked)]);
  } finally {
    await prometheus.stop();
  }
  const store = await openBenchStore({ path });
  const known = await knownIn(store);
  // Each sample stands at one instant: but for the first of a rate, and for what a level's lookback holds beyond a pod's end.
  console.log(`${samples} samples of ${series.length} series, ${known} known values`);
  if (Math.abs(known / samples - 1) > 0.02) throw new Error(`${known} known values cannot be ${samples} samples`);
  const asWritten = await bytesOf(store, 'pod_usage_versions');
  await store.command('OPTIMIZE TABLE pod_usage_versions FINAL');
  const ours = (await bytesOf(store, 'pod_usage_versions')) / known;
  const rollUps: number[] = [];
  for (const table of ROLL_UPS) {
    await store.command(`OPTIMIZE TABLE ${table} FINAL`);
    rollUps.push((await bytesOf(store, table)) / known);
  }
  const withRollUps = rollUps.reduce((sum, bytes) => sum + bytes, ours);
  console.log(`pod_usage: ${(asWritten / known).toFixed(3)} bytes as written, ${ours.toFixed(3)} merged`);
  await tellColumns(store, known);
  console.log(`roll-ups: ${ROLL_UPS.map((table, at) => `${table} ${rollUps[at]!.toFixed(3)}`).join(', ')}`);
  await store.close();
  print({ metric: 'per_sample_beside_prometheus', ours, peer: prometheusBytes, better: 'lower', aim: AIM });
  print({ metric: 'per_sample_beside_prometheus_chunks_alone', ours, peer: chunks, aim: 0 });
  print({ metric: 'per_sample_beside_victoria_metrics', ours, peer: victoriaBytes, aim: 0 });
  print({ metric: 'per_sample_with_roll_ups_beside_prometheus', ours: withRollUps, peer: prometheusBytes, aim: 0 });
  for (const line of lines) console.log(line);
} finally {
  await rm(dir, { recursive: true, force: true });
}
process.exit(0);
