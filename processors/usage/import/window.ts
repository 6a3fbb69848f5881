import { isAppError } from '../../../platform/errors.ts';
import { USED, SET, type ImportMethod, type Measure } from '../../../schemas/usage.ts';
import { buryUnused, rollUpDay, rollUpHours } from '../roll-ups/index.ts';
import { importPart, type ImportDeps, type Totals } from './part.ts';
import { DAY_MS, HOUR_MS, hourOf, STEP_MS, type Job } from './plan.ts';
import type { HourCount } from './rows.ts';
import type { Instants, UsageServer } from './server.ts';
import { windowRow, writeHours, type RecordedHours } from './windows.ts';

/** Instants below which a range is not halved further. */
const FEWEST_INSTANTS = 10;

/** What an import has come to. */
export interface Imported {
  readonly rows: number;
  readonly samples: number;
  readonly badSamples: number;
  readonly method: ImportMethod;
  readonly givenUp: boolean;
}

/**
 * Imports a job of one cluster whole: rows of pod_usage, then roll-ups, then what is recorded of its hours; a part of it that is
 * written already is written again under a later version. Throws what the server and the store throw, and then nothing is recorded.
 */
export async function importJob(
  server: UsageServer,
  job: Job,
  before: RecordedHours,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<Imported> {
  const startedMs = deps.now();
  const versions = [...before.values()].map(({ version }) => version);
  const version = deps.nextVersion(Math.max(0, ...versions));
  const totals: Totals = { samples: 0, badSamples: 0, method: 'remote_read', sources: new Map(), counts: new Map() };
  await importRange(server, job, version, totals, deps, signal);
  const rows = [...totals.counts.values()].reduce((sum, count) => sum + count.rows, 0);
  const nothing = job.kind === 'hours' && totals.samples === 0;
  const givenUp = nothing && (await server.keepsNothingBefore(job.toMs, deps.now(), signal));
  signal.throwIfAborted();
  // The hour that goes on is written piece by piece, and whole once it is over.
  const hadRows = [...before.values()].some((hour) => hour.rows > 0);
  if (job.kind === 'hours') await buryUnused(deps.store, { ...job, cluster: server.cluster, version });
  if (rows > 0 || hadRows) await rollUp(server.cluster, job, version, deps);
  signal.throwIfAborted();
  await record(server, job, before, { ...totals, version, startedMs, givenUp }, deps);
  const { samples, badSamples, method } = totals;
  return { rows, samples, badSamples, method, givenUp };
}

/** Imports the instants of a range; where that is too much at once, its halves. */
async function importRange(
  server: UsageServer,
  range: Instants,
  version: number,
  totals: Totals,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  try {
    await importPart(server, range, version, totals, deps, signal);
  } catch (error) {
    const instants = (range.toMs - range.fromMs) / STEP_MS;
    if (!isAppError(error, 'prometheus_too_much') || instants < 2 * FEWEST_INSTANTS) throw error;
    const middleMs = range.fromMs + Math.floor(instants / 2) * STEP_MS;
    await importRange(server, { ...range, toMs: middleMs }, version, totals, deps, signal);
    await importRange(server, { ...range, fromMs: middleMs }, version, totals, deps, signal);
  }
}

async function rollUp(cluster: string, job: Job, version: number, { store, now, nextVersion }: ImportDeps) {
  const [fromMs, toMs] = [hourOf(job.fromMs), hourOf(job.toMs + HOUR_MS - 1)];
  await rollUpHours(store, { cluster, fromMs, toMs, version });
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
    // Versions are in the order in which the days' hours are read, so that of two side by side the fuller one stays.
    if (dayMs + DAY_MS <= now()) await rollUpDay(store, { cluster, dayMs, version: nextVersion(version) });
  }
}

async function record(
  { cluster }: UsageServer,
  job: Job,
  before: RecordedHours,
  done: Totals & { version: number; startedMs: number; givenUp: boolean },
  { store, now }: ImportDeps,
): Promise<void> {
  const firstMs = hourOf(job.fromMs);
  const hours = Math.ceil((job.toMs - firstMs) / HOUR_MS);
  const goesOn = job.fromMs > firstMs ? before.get(firstMs) : undefined;
  const rows = Array.from({ length: hours }, (_, index) => {
    const hourMs = firstMs + index * HOUR_MS;
    const count = done.counts.get(hourMs);
    return windowRow({ cluster, hourMs, nowMs: now(), version: done.version }, before.get(hourMs), {
      state: job.kind === 'open' ? 'open' : done.givenUp ? 'given-up' : 'done',
      imported_to: new Date(Math.min(job.toMs, hourMs + HOUR_MS)).toISOString(),
      tries: 0,
      method: done.method,
      missing: missingIn(done.sources, count),
      pods: Math.max(count?.pods.size ?? 0, goesOn?.pods ?? 0),
      rows: (count?.rows ?? 0) + (goesOn?.rows ?? 0),
      samples: Math.round(done.samples / hours) + (goesOn?.samples ?? 0),
      bad_samples: Math.round(done.badSamples / hours) + (goesOn?.badSamples ?? 0),
      duration_ms: Math.max(0, now() - done.startedMs),
    });
  });
  await writeHours(store, rows);
}

/** Measures that are wanted of the server and of which nothing came. */
function missingIn(sources: Totals['sources'], count: HourCount | undefined): Measure[] {
  return [...USED, ...SET].filter((measure) => {
    const kind = sources.get(measure)?.kind ?? 'none';
    return kind !== 'off' && kind !== 'journal' && !count?.known.has(measure);
  });
}
