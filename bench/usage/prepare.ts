import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp, OPEN, type ApiDeps } from '../../api/index.ts';
import { BLOCK_MS } from '../../deploy/testprometheus/make-blocks.ts';
import { startPrometheus } from '../../deploy/testprometheus/test-prometheus.ts';
import { startVictoriaMetrics } from '../../deploy/testprometheus/test-victoria-metrics.ts';
import { writeBlocks } from '../../deploy/testprometheus/write-blocks.ts';
import { FakeClock, realClock, toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Store } from '../../platform/store/store.ts';
import type { UsageItem, UsagePage } from '../../schemas/api/usage.ts';
import { turn } from '../turn.ts';
import { importIntoVictoriaMetrics } from './generate-import.ts';
import { samplesOf, usageSeries } from './generate.ts';
import type { ImportCost, ImportTurn } from './import-turn.ts';
import { openBenchStore } from './open-store.ts';
import type { Range } from './peer-queries.ts';
import { DAY_MS, FROM, HOUR_MS, KEEP, SCALE, scaled, shapeOf } from './setting.ts';

const PAGE = 500;
const MERGES_LOOK_MS = 1_000;
const MERGES_LOOKS = 600;

/** The same samples in Tidemark's store, behind its API, in Prometheus and in VictoriaMetrics. */
export interface Prepared {
  readonly range: Range;
  readonly prometheus: string;
  readonly victoria: string;
  /** One page of the table of pods, as the API answers it. */
  page(query: string, range?: Range): Promise<UsagePage>;
  /** All rows of it, page by page. */
  whole(query: string): Promise<UsageItem[]>;
  close(): Promise<void>;
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  await work();
  console.log(`${what}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

/** Waits until the engine merges nothing, so that a measurement has the machine to itself. */
async function settle(store: Store): Promise<void> {
  for (let look = 0; look < MERGES_LOOKS; look++) {
    const [found] = await store.query<{ merges: number }>('SELECT count() AS merges FROM system.merges');
    if (found?.merges === 0) return;
    await realClock.sleep(MERGES_LOOK_MS);
  }
  throw new Error('the engine does not come to rest');
}

async function openApi(store: Store, nowMs: number) {
  const absent = (): never => {
    throw new AppError('internal', 'the benchmark has no journal');
  };
  const deps: ApiDeps = {
    store,
    bus: { tail: absent, check: absent },
    auth: OPEN,
    clock: new FakeClock(nowMs),
    log: silentLogger,
    metrics: createMetrics(),
  };
  return buildApp(deps);
}

/**
 * 30 days of 1,000 pods (times `BENCH_SCALE`). With `BENCH_KEEP` they are kept for the next benchmark: making them takes a quarter
 * of an hour.
 */
export async function prepareMonth(): Promise<Prepared> {
  const dir = KEEP === undefined ? await mkdtemp(join(tmpdir(), 'tidemark-bench-')) : join(KEEP, `month-${SCALE}`);
  const folder = (name: string): string => join(dir, name);
  const range = { fromMs: FROM, toMs: FROM + scaled(30) * DAY_MS };
  const series = usageSeries(shapeOf(scaled(1_000), range.toMs));
  const isMade = existsSync(folder('made'));
  if (!isMade) {
    mkdirSync(dir, { recursive: true });
    console.log(`${samplesOf(series)} samples of ${series.length} series`);
    await step('blocks of Prometheus', async () => writeBlocks(folder('blocks'), series, BLOCK_MS['54h']));
  }
  // Bounds that a whole month of subqueries runs into.
  const prometheusArgs = ['--query.timeout=60m', '--query.max-samples=1000000000'];
  const prometheus = await startPrometheus({
    dir: folder('prometheus'),
    args: prometheusArgs,
    ...(isMade ? {} : { blocks: folder('blocks') }),
  });
  const victoria = await startVictoriaMetrics({
    dir: folder('victoria'),
    args: [
      '-search.maxQueryDuration=60m',
      '-search.maxPointsPerTimeseries=200000',
      '-search.maxSamplesPerQuery=4000000000',
    ],
  });
  const path = folder('store');
  if (!isMade) {
    await step('VictoriaMetrics', () => importIntoVictoriaMetrics(victoria.url, series));
    const asked: ImportTurn = {
      way: 'remote_read',
      rollUps: true,
      engine: 'inside',
      url: prometheus.url,
      path,
      ...range,
    };
    await step('import', () => turn<ImportCost>(new URL('import-turn.ts', import.meta.url), [JSON.stringify(asked)]));
    writeFileSync(folder('made'), '');
  }
  const store = await openBenchStore({ path });
  await settle(store);
  const app = await openApi(store, range.toMs + 2 * HOUR_MS);

  async function page(query: string, { fromMs, toMs }: Range = range): Promise<UsagePage> {
    const url = `/api/v1/usage/pods?from=${toTime(fromMs)}&to=${toTime(toMs)}&${query}`;
    const answer = await app.inject({ url, headers: { host: 'localhost' } });
    if (answer.statusCode !== 200) throw new Error(answer.body);
    return answer.json<UsagePage>();
  }

  return {
    range,
    prometheus: prometheus.url,
    victoria: victoria.url,
    page,
    async whole(query) {
      const items: UsageItem[] = [];
      for (;;) {
        const one = await page(`${query}&limit=${PAGE}&offset=${items.length}`);
        items.push(...one.items);
        if (one.items.length === 0 || items.length >= (one.total ?? 0)) return items;
      }
    },
    async close() {
      await app.close();
      await store.close();
      await Promise.all([prometheus.stop(), victoria.stop()]);
      if (KEEP === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Milliseconds of each of `turns` after one to warm up; they are printed. */
export async function times(name: string, turns: number, work: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0; at <= turns; at++) {
    const begin = performance.now();
    await work();
    if (at > 0) found.push(performance.now() - begin);
  }
  console.log(`${name}: ${found.map((ms) => ms.toFixed(0)).join(' ')} ms`);
  return found;
}

/** Milliseconds of one turn and what it answered; a minute's work needs no second. */
export async function once<T>(name: string, work: () => Promise<T>): Promise<{ ms: number; found: T }> {
  const begin = performance.now();
  const found = await work();
  const ms = performance.now() - begin;
  console.log(`${name}: ${ms.toFixed(0)} ms`);
  return { ms, found };
}
