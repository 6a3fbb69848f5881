import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { QueryParams, Store } from '../../platform/store/store.ts';
import { resourceOptions } from '../../processors/journal/resources/options.ts';
import { createImporter } from '../../processors/usage/import/importer.ts';
import { usageOptions } from '../../processors/usage/options.ts';
import { createPrometheus, type Prometheus } from '../../processors/usage/prometheus/prometheus.ts';
import { finish } from '../turn.ts';
import { openBenchStore } from './open-store.ts';
import type { Range } from './peer-queries.ts';
import { importPlainly } from './plain-import.ts';
import { CLUSTER } from './setting.ts';

// One turn: imports a range into a fresh store in one of three ways, and answers what that costs and what came of it.

/** `remote_read` and `query_range` are the importer's own two ways; `plain` is a client as people write it. */
export const WAYS = ['remote_read', 'query_range', 'plain'] as const;
export type Way = (typeof WAYS)[number];

export interface ImportTurn extends Range {
  readonly way: Way;
  readonly rollUps: boolean;
  /** The engine in this process, or in one of its own. */
  readonly engine: 'inside' | 'beside';
  readonly url: string;
  /** The store's folder. */
  readonly path: string;
}

export interface ImportCost {
  readonly seconds: number;
  /** Of all threads of this process. */
  readonly cpuSeconds: number;
  /** Peak resident memory of this process while it imported, above what it had when it began. */
  readonly growthBytes: number;
  /** Seconds within calls, which may overlap. */
  readonly parts: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly rollUpRows: number;
  /** By pod: instants, and the sum and maximum of each measure. */
  readonly figures: readonly (readonly [string, Readonly<Record<string, number | null>>])[];
}

/** Linux keeps the peak in VmHWM, and sets it back when told so; a process inherits that of the one it was forked from. */
const resetPeak = (): void => writeFileSync('/proc/self/clear_refs', '5');
const peakBytes = (): number =>
  1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

const parts: Record<string, number> = {};
async function timed<T>(part: string, work: Promise<T>): Promise<T> {
  const begin = performance.now();
  const done = await work;
  parts[part] = (parts[part] ?? 0) + (performance.now() - begin) / 1000;
  return done;
}

/** The store with its writes timed, and without roll-ups where they are not wanted. */
const timedStore = (store: Store, rollUps: boolean): Store => ({
  ...store,
  insert: (...call) => timed('insert', store.insert(...call)),
  insertColumns: (...call) => timed('insert', store.insertColumns(...call)),
  insertSelect: (...call) => (rollUps ? timed('roll_ups', store.insertSelect(...call)) : Promise.resolve()),
  // Where none are made, the importer cannot hold them against its rows.
  queryAfterWrite: <Row>(sql: string, ...rest: [QueryParams?]) =>
    rollUps || !sql.includes('sum(instants) AS instants FROM pod_usage_1h')
      ? store.queryAfterWrite<Row>(sql, ...rest)
      : Promise.resolve([{ instants: Number.MAX_SAFE_INTEGER }] as Row[]),
});

const timedPrometheus = (prometheus: Prometheus): Prometheus => ({
  ...prometheus,
  read: (...call) => timed('read', prometheus.read(...call)),
  queryRange: (...call) => timed('read', prometheus.queryRange(...call)),
  query: (...call) => timed('find', prometheus.query(...call)),
  series: (...call) => timed('find', prometheus.series(...call)),
});

async function importByImporter(url: string, store: Store, range: Range, method: Exclude<Way, 'plain'>): Promise<void> {
  const importer = createImporter(usageOptions({ prometheus: [{ cluster: CLUSTER, url, method }] }), {
    store,
    clock: realClock,
    log: silentLogger,
    metrics: createMetrics(),
    gpuResources: resourceOptions().gpu_resources,
    connect: (...given) => timedPrometheus(createPrometheus(...given)),
  });
  const failures: unknown[] = [];
  await importer.of(CLUSTER).importRange(
    { ...range, force: false },
    (progress) => {
      if ('error' in progress) failures.push(progress.error);
    },
    new AbortController().signal,
  );
  await importer.close();
  if (failures.length > 0) throw failures[0];
}

const MEASURED = [
  'cpu_cores',
  'memory_bytes',
  'gpu_utilisation',
  'gpu_memory_bytes',
  'cpu_request_cores',
  'cpu_limit_cores',
  'memory_request_bytes',
  'memory_limit_bytes',
  'gpu_request',
];

async function figuresIn(store: Store) {
  const columns = MEASURED.map((name) => `sum(${name}) AS ${name}_sum, max(${name}) AS ${name}_max`).join(', ');
  const found = await store.query<Record<string, number | null> & { key: string }>(
    `SELECT namespace || '/' || pod AS key, count() AS instants, ${columns} FROM pod_usage GROUP BY key`,
    {},
    { timeoutMs: 600_000 },
  );
  return found.map(({ key, ...figures }) => [key, figures] as [string, Record<string, number | null>]);
}

const countIn = async (store: Store, table: string): Promise<number> =>
  (await store.query<{ rows: number }>(`SELECT count() AS rows FROM ${table}`))[0]!.rows;

/** The engine in a process of its own, and what ends it. */
async function startEngine(path: string): Promise<{ url: string; end: () => Promise<void> }> {
  const child = fork(new URL('store-process.ts', import.meta.url), [path]);
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async end() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function run({ way, rollUps, engine, url, path, ...range }: ImportTurn, wantsFigures: boolean): Promise<void> {
  const beside = engine === 'beside' ? await startEngine(path) : undefined;
  const opened = await openBenchStore(beside ? { url: beside.url } : { path });
  const store = timedStore(opened, rollUps);
  resetPeak();
  const [before, cpu, begin] = [process.memoryUsage.rss(), process.cpuUsage(), performance.now()];
  if (way === 'plain') await importPlainly(url, store, range);
  else await importByImporter(url, store, range, way);
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cost: ImportCost = {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    growthBytes: peakBytes() - before,
    parts,
    rows: await countIn(store, 'pod_usage'),
    rollUpRows: (await countIn(store, 'pod_usage_1h')) + (await countIn(store, 'group_usage_1h')),
    figures: wantsFigures ? await figuresIn(store) : [],
  };
  await store.close();
  await beside?.end();
  finish(cost);
}

const [given, wants] = process.argv.slice(2);
if (given !== undefined && process.send) await run(JSON.parse(given) as ImportTurn, wants === 'figures');
