import { toTime } from '../../../platform/clock.ts';
import { AppError, isAppError } from '../../../platform/errors.ts';
import type { UsageRetention } from '../../../platform/usage-retention.ts';
import type { Table } from '../../../schemas/column.ts';
import { podUsageTable, USED, SET, type ImportMethod, type Measure } from '../../../schemas/usage.ts';
import { buryUnused, rollUpHours } from '../roll-ups/index.ts';
import { importPart, type ImportDeps, type Totals } from './part.ts';
import { HOUR_MS, hourOf, STEP_MS, type Job } from './plan.ts';
import type { HourCount } from './rows.ts';
import type { Instants, UsageServer } from './server.ts';
import { dropStaged, hoursUsed, requireSummedUp, tableOf } from './staging.ts';
import { everUsed, readJournalTo, windowRow, writeHours, type Recording, type RecordedHours } from './windows.ts';

/** Instants below which a range is not halved further. */
const FEWEST_INSTANTS = 10;

export interface JobDeps extends ImportDeps {
  readonly retention: UsageRetention;
  readonly recording: Recording;
}

/** What an import has come to. */
export interface Imported {
  readonly rows: number;
  /** Most pods of one of its hours. */
  readonly pods: number;
  readonly samples: number;
  readonly badSamples: number;
  readonly method: ImportMethod;
  readonly givenUp: boolean;
}

/**
 * Imports a job of one cluster whole: rows of pod_usage, then roll-ups, then what is recorded of its hours; a part of it that is
 * written already is written again under a later version. Of hours older than pod_usage keeps only the roll-ups stay. Throws what
 * the server and the store throw, `prometheus_nothing` where none of what is used ever came, and then nothing is recorded.
 */
export async function importJob(
  server: UsageServer,
  job: Job,
  before: RecordedHours,
  deps: JobDeps,
  signal: AbortSignal,
): Promise<Imported> {
  const startedMs = deps.now();
  const { store, recording } = deps;
  const versions = [...before.values()].map(({ version }) => version);
  const version = deps.nextVersion(Math.max(0, ...versions));
  const into = tableOf(job, deps.retention, startedMs);
  const totals: Totals = { samples: 0, badSamples: 0, method: 'remote_read', sources: new Map(), counts: new Map() };
  // Read before the journal's pods are: what comes between is known, too.
  const journalToMs = await readJournalTo(store, recording.cluster);
  try {
    await importRange(server, job, { version, into, totals, deps, signal });
    const givenUp = await cannotBeHad(server, job, totals, deps, signal);
    signal.throwIfAborted();
    await sumUpHours(job, before, { version, into, counts: totals.counts }, deps);
    signal.throwIfAborted();
    await record(job, before, { ...totals, version, startedMs, givenUp, journalToMs }, deps);
    const { samples, badSamples, method } = totals;
    const counts = [...totals.counts.values()];
    const pods = Math.max(0, ...counts.map((count) => count.pods.size));
    return { rows: rowsIn(totals.counts, job), pods, samples, badSamples, method, givenUp };
  } finally {
    if (into !== podUsageTable) await dropStaged(store, version);
  }
}

interface Part {
  readonly version: number;
  readonly into: Table;
  readonly totals: Totals;
  readonly deps: JobDeps;
  readonly signal: AbortSignal;
}

/** Imports the instants of a range; where that is too much at once, its halves. */
async function importRange(server: UsageServer, range: Instants, part: Part): Promise<void> {
  const { version, into, totals, deps, signal } = part;
  signal.throwIfAborted();
  try {
    await importPart(server, range, version, totals, deps, signal, into);
  } catch (error) {
    const instants = (range.toMs - range.fromMs) / STEP_MS;
    if (!isAppError(error, 'prometheus_too_much') || instants < 2 * FEWEST_INSTANTS) throw error;
    const middleMs = range.fromMs + Math.floor(instants / 2) * STEP_MS;
    await importRange(server, { ...range, toMs: middleMs }, part);
    await importRange(server, { ...range, fromMs: middleMs }, part);
  }
}

/** Whether hours of which nothing came cannot be had any more. Throws `prometheus_nothing` where it must be the server's settings. */
async function cannotBeHad(
  server: UsageServer,
  job: Job,
  { samples, sources, counts }: Totals,
  { store, now }: JobDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (job.kind === 'open') return false;
  if (samples === 0 && (await server.keepsNothingBefore(job.toMs, now(), signal))) return true;
  const wanted = (['cpu_cores', 'memory_bytes'] as const).filter((name) => sources.get(name)?.kind !== 'off');
  const came = wanted.some((name) => [...counts.values()].some(({ known }) => known.has(name)));
  if (wanted.length === 0 || came || (await everUsed(store, server.cluster))) return false;
  throw new AppError(
    'prometheus_nothing',
    `nothing of CPU and memory came, and never did: ${server.asked}; does the server scrape cAdvisor under these?`,
  );
}

interface Written {
  readonly version: number;
  readonly into: Table;
  readonly counts: ReadonlyMap<number, HourCount>;
}

const rowsIn = (counts: ReadonlyMap<number, HourCount>, { fromMs, toMs }: Instants): number =>
  [...counts].reduce((sum, [hourMs, { rows }]) => sum + (hourMs >= hourOf(fromMs) && hourMs < toMs ? rows : 0), 0);

/** Sums up a job's hours: all that pod_usage has of them, or what was written aside. */
async function sumUpHours(
  job: Job,
  before: RecordedHours,
  { version, into, counts }: Written,
  { store, recording }: JobDeps,
): Promise<void> {
  const of = { cluster: recording.cluster, by: recording.by, version };
  const hadRows = [...before.values()].some((hour) => hour.importedVersion > 0);
  const whole = { fromMs: hourOf(job.fromMs), toMs: hourOf(job.toMs + HOUR_MS - 1) };
  const isAside = into !== podUsageTable;
  // The hour that goes on is written piece by piece, and whole once it is over.
  if (job.kind === 'hours' && !isAside && hadRows) await buryUnused(store, { ...of, ...job });
  const ranges = isAside && hadRows ? hoursUsed(job, counts) : hadRows || rowsIn(counts, job) > 0 ? [whole] : [];
  for (const range of ranges) {
    await rollUpHours(store, { ...of, ...range }, into);
    if (job.kind === 'hours') await requireSummedUp(store, { ...of, ...range }, rowsIn(counts, range));
  }
}

interface Done extends Totals {
  readonly version: number;
  readonly startedMs: number;
  readonly givenUp: boolean;
  readonly journalToMs: number | null;
}

async function record(job: Job, before: RecordedHours, done: Done, deps: JobDeps): Promise<void> {
  const { store, now, nextVersion, recording } = deps;
  const { cluster } = recording;
  const firstMs = hourOf(job.fromMs);
  const hours = Math.ceil((job.toMs - firstMs) / HOUR_MS);
  const goesOn = job.fromMs > firstMs ? before.get(firstMs) : undefined;
  // Later than that of a day that was summed up while the hours' roll-ups were being written.
  const importedVersion = nextVersion(done.version);
  const recorded = Array.from({ length: hours }, (_, index) => {
    const hourMs = firstMs + index * HOUR_MS;
    const count = done.counts.get(hourMs);
    const rows = (count?.rows ?? 0) + (goesOn?.rows ?? 0);
    const hasRows = rows > 0 || (before.get(hourMs)?.importedVersion ?? 0) > 0;
    const row = windowRow({ cluster, hourMs, nowMs: now(), version: done.version }, before.get(hourMs), {
      state: job.kind === 'open' ? 'open' : done.givenUp ? 'given-up' : 'done',
      imported_to: toTime(Math.min(job.toMs, hourMs + HOUR_MS)),
      tries: 0,
      method: done.method,
      missing: missingIn(done.sources, count),
      pods: Math.max(count?.pods.size ?? 0, goesOn?.pods ?? 0),
      rows,
      samples: Math.round(done.samples / hours) + (goesOn?.samples ?? 0),
      bad_samples: Math.round(done.badSamples / hours) + (goesOn?.badSamples ?? 0),
      duration_ms: Math.max(0, now() - done.startedMs),
    });
    const journal_to = done.journalToMs === null ? null : toTime(done.journalToMs);
    return { row, tried: { imported_version: hasRows ? importedVersion : 0, journal_to } };
  });
  await writeHours(store, recording, recorded);
}

/** Measures that are wanted of the server and of which nothing came. */
function missingIn(sources: Totals['sources'], count: HourCount | undefined): Measure[] {
  return [...USED, ...SET].filter((measure) => {
    const kind = sources.get(measure)?.kind ?? 'none';
    return kind !== 'off' && kind !== 'journal' && !count?.known.has(measure);
  });
}
