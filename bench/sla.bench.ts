import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp, OPEN } from '../api/index.ts';
import { FakeClock, toTime } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import { silentLogger } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { createStore } from '../platform/store/create-store.ts';
import { migrate } from '../platform/store/migrate.ts';
import { coverageTable } from '../schemas/journal.ts';
import { outagesTable, serviceEndpointsTable, servicesTable } from '../schemas/outages.ts';
import { lineOf, median, type Measured } from './report.ts';
import { BEGIN, END, makeHistory } from './sla/rows.ts';
import { alternate, turn } from './turn.ts';

// A quarter's table of 1,000 services with three years of history, and a page of services with a bar a day, as the API answers
// them; beside it the likely downtime alone, made of raw changes by a window function. All must come to the same downtime. Then
// the state of 100,000 services, opened as a starting processor does.

const TURNS = 9;
const DAY_MS = 86_400_000;
const TABLE = { limit: 500, boundMs: 200 } as const;
const BARS = { days: 90, boundMs: 500 } as const;
const STATE = { turns: 3, boundSeconds: 10 } as const;

interface Page {
  readonly total: number;
  readonly items: readonly {
    readonly service: string;
    readonly downtime: { readonly likely_s: number };
    readonly days: readonly { readonly down_s: number }[];
  }[];
}

/** Likely downtime in milliseconds from raw changes, by service. */
const FROM_CHANGES = `
  SELECT cluster, namespace, service,
    sum(if(ready = 0, greatest(0, least(next_ms, {to:Int64}) - greatest(at_ms, {from:Int64})), 0)) AS down_ms
  FROM (
    SELECT cluster, namespace, service, ready, toUnixTimestamp64Milli(at) AS at_ms,
      leadInFrame(toUnixTimestamp64Milli(at), 1, {to:Int64}) OVER (
        PARTITION BY cluster, namespace, service ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_ms
    FROM service_endpoints
  )
  GROUP BY cluster, namespace, service`;

const path = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));

/** An API over a store with the history, and the peer over the same. */
async function openTable(folder: string) {
  const store = createStore({ target: { path: folder }, log: silentLogger, metrics: createMetrics() });
  const absent = (): never => {
    throw new AppError('internal', 'the benchmark has no journal');
  };
  const app = await buildApp({
    store,
    bus: { tail: absent, check: absent },
    auth: OPEN,
    clock: new FakeClock(END),
    log: silentLogger,
    metrics: createMetrics(),
  });
  await migrate(store, { dir: fileURLToPath(new URL('../schemas/clickhouse', import.meta.url)) }, silentLogger);
  const history = makeHistory();
  await store.insert(servicesTable, history.services, { token: 'services' });
  await store.insert(outagesTable, history.outages, { token: 'outages' });
  await store.insert(serviceEndpointsTable, history.changes, { token: 'changes' });
  await store.insert(coverageTable, history.gaps, { token: 'gaps' });
  return {
    async page(query: string): Promise<Page> {
      const url = `/api/v1/services?from=${toTime(BEGIN)}&to=${toTime(END)}&${query}`;
      const answer = await app.inject({ url, headers: { host: 'localhost' } });
      if (answer.statusCode !== 200) throw new Error(answer.body);
      return answer.json<Page>();
    },
    /** Seconds down of each service since then. */
    async changes(from: number): Promise<Map<string, number>> {
      const rows = await store.query<{ service: string; down_ms: number }>(FROM_CHANGES, { from, to: END });
      return new Map(rows.map(({ service, down_ms: ms }) => [service, ms / 1000]));
    },
    async close(): Promise<void> {
      await app.close();
      await store.close();
    },
  };
}

type Table = Awaited<ReturnType<typeof openTable>>;

/** Throws unless every service, and every bar, tells the downtime that the changes give. */
async function checkSame({ page, changes }: Table): Promise<void> {
  const pages = [await page(`limit=${TABLE.limit}`), await page(`limit=${TABLE.limit}&offset=${TABLE.limit}`)];
  const raw = await changes(BEGIN);
  const items = pages.flatMap((one) => one.items);
  const wrong = items.filter(({ service, downtime }) => raw.get(service) !== downtime.likely_s);
  const barred = (await page(`limit=${TABLE.limit}&days=${BARS.days}`)).items;
  const lately = await changes(END - BARS.days * DAY_MS);
  const wrongBars = barred.filter(
    ({ service, days }) => days.reduce((sum, day) => sum + day.down_s, 0) !== lately.get(service),
  );
  if (items.length !== raw.size || wrong.length + wrongBars.length > 0) {
    throw new Error(`${wrong.length} of ${items.length} services and ${wrongBars.length} bars differ from the changes`);
  }
}

/** Each of the works in turn, the first turn to warm up; medians in milliseconds. CPU, of all threads, is told beside. */
async function inTurn<Name extends string>(works: Record<Name, () => Promise<unknown>>): Promise<Record<Name, number>> {
  const all = Object.entries<() => Promise<unknown>>(works).map(([name, work]) => ({
    name,
    work,
    times: [] as number[],
    cpu: [] as number[],
  }));
  for (let at = 0; at <= TURNS; at++) {
    for (const { work, times, cpu } of all) {
      const [begin, before] = [performance.now(), process.cpuUsage()];
      await work();
      const { user, system } = process.cpuUsage(before);
      if (at === 0) continue;
      times.push(performance.now() - begin);
      cpu.push((user + system) / 1000);
    }
  }
  for (const { name, times, cpu } of all) {
    console.log(`${name}: ${times.map((ms) => ms.toFixed(0)).join(' ')} ms, CPU ${median(cpu).toFixed(0)} ms`);
  }
  return Object.fromEntries(all.map(({ name, times }) => [name, median(times)])) as Record<Name, number>;
}

async function tables(): Promise<void> {
  const table = await openTable(join(path, 'table'));
  try {
    await checkSame(table);
    const ms = await inTurn({
      quarter: () => table.page(`limit=${TABLE.limit}`),
      changes: () => table.changes(BEGIN),
      bars_of_50: () => table.page(`limit=50&days=${BARS.days}`),
      bars_of_100: () => table.page(`limit=100&days=${BARS.days}`),
    });
    print({ metric: 'quarter_ms', ours: ms.quarter, peer: TABLE.boundMs, better: 'lower', aim: 1 });
    print({ metric: 'quarter_ms_beside_raw_changes', ours: ms.quarter, peer: ms.changes, aim: 0 });
    print({ metric: 'bars_of_50_ms', ours: ms.bars_of_50, peer: BARS.boundMs, better: 'lower', aim: 1 });
    print({ metric: 'bars_of_100_ms', ours: ms.bars_of_100, peer: BARS.boundMs, better: 'lower', aim: 1 });
  } finally {
    await table.close();
  }
}

async function state(): Promise<void> {
  const file = new URL('sla/state.ts', import.meta.url);
  const folder = join(path, 'state');
  await turn(file, ['write', folder]);
  const seconds = await alternate(['restore', 'lists'], STATE.turns, (how) => turn(file, [how, folder]));
  const [ours, peer] = [median(seconds.restore), median(seconds.lists)];
  print({ metric: 'state_seconds', ours, peer: STATE.boundSeconds, better: 'lower', aim: 1 });
  print({ metric: 'state_seconds_beside_lists', ours, peer, aim: 0 });
}

const lines: string[] = [];
const print = (measured: Omit<Measured, 'bench'>) => lines.push(lineOf({ bench: 'sla', ...measured }));
try {
  await tables();
  await state();
  for (const line of lines) console.log(line);
} finally {
  await rm(path, { recursive: true, force: true });
}
process.exit(0);
