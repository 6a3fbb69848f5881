import { toTime } from '../../../platform/clock.ts';
import { AppError, isAppError } from '../../../platform/errors.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { UsageRetention } from '../../../platform/usage-retention.ts';
import type { Table } from '../../../schemas/column.ts';
import { podUsageTable, USED, SET, type ImportMethod, type Measure } from '../../../schemas/usage.ts';
import { buryUnused, rollUpHours } from '../roll-ups/index.ts';
import { importPart, type ImportDeps, type Into, type Totals } from './part.ts';
import { HOUR_MS, hourOf, STEP_MS, type Job } from './plan.ts';
import type { HourCount } from './rows.ts';
import type { Instants, UsageServer } from './server.ts';
import { dropStaged, hoursUsed, requireSummedUp, tableOf, valuesStored } from './staging.ts';
import {
  everUsed,
  readJournalTo,
  windowRow,
  writeHours,
  type Recording,
  type RecordedHour,
  type RecordedHours,
} from './windows.ts';

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
  /** Left as it was: the server knows less of it than is stored. */
  readonly kept: boolean;
  /** Hours of which neither CPU nor memory came: nothing is recorded of them. */
  readonly withoutUse: readonly number[];
}

/**
 * Imports a job of one cluster whole: rows of pod_usage, then roll-ups, then what is recorded of its hours; a part of it that is
 * written already is written again under a later version. Of hours older than pod_usage keeps only the roll-ups stay. An hour that
 * was imported whole under the same settings is never replaced by one of which less CPU and memory is known. Throws what the server
 * and the store throw, `prometheus_nothing` where of none of its hours CPU or memory came, and then nothing is recorded.
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
  const guard = createGuard(server, job, before, into, totals, deps, signal);
  try {
    const target = { table: into, journalToMs, mayWrite: guard.mayWrite };
    await importRange(server, job, { version, into: target, totals, deps, signal });
    const kept = await guard.isLess();
    const givenUp = !kept && guard.isForgotten();
    const withoutUse = kept || givenUp ? [] : hoursWithoutUse(job, totals);
    if (withoutUse.length * HOUR_MS === job.toMs - job.fromMs) throw await nothingCame(server, totals, store);
    signal.throwIfAborted();
    if (!kept) await sumUpHours(job, before, { version, into, counts: totals.counts }, deps);
    signal.throwIfAborted();
    await record(job, before, { ...totals, version, startedMs, givenUp, kept, withoutUse, journalToMs }, deps);
    const { samples, badSamples, method } = totals;
    const counts = [...totals.counts.values()];
    const pods = Math.max(0, ...counts.map((count) => count.pods.size));
    return { rows: rowsIn(totals.counts, job), pods, samples, badSamples, method, givenUp, kept, withoutUse };
  } finally {
    if (into !== podUsageTable) await dropStaged(store, { cluster: recording.cluster, version }, deps.log);
  }
}

/** What is held against a job's parts before they are written. */
function createGuard(
  server: UsageServer,
  job: Job,
  before: RecordedHours,
  into: Table,
  totals: Totals,
  { store, now, recording }: JobDeps,
  signal: AbortSignal,
) {
  const { cluster, settings } = recording;
  // Such hours are taken alone.
  const hour = before.get(job.fromMs);
  const holds = job.kind === 'hours' && hour?.importedWhole === true && hour.settings === settings;
  const isAside = into !== podUsageTable;
  let values = 0;
  let isLess = false;
  let parts = 0;
  let forgotten = 0;

  const mayWrite: NonNullable<Into['mayWrite']> = async (found) => {
    parts++;
    values += found.values;
    if (isLess) return false;
    if (holds && !isAside) {
      isLess = found.values < (await valuesStored(store, { cluster, ...found.range }, 'instants'));
      if (isLess) return false;
    }
    if (found.values > 0 || wantedOf(totals).length === 0) return true;
    if (job.kind === 'open') return false;
    if (found.samples > 0 || !(await server.keepsNothingBefore(found.range.toMs, now(), signal))) return true;
    forgotten++;
    return false;
  };
  return {
    mayWrite,
    /** What was written aside is held against the hours as they were summed up, which have not been touched yet. */
    async isLess(): Promise<boolean> {
      if (holds && isAside) isLess = values < (await valuesStored(store, { cluster, ...job }, 'hours'));
      return isLess;
    },
    /** The server keeps nothing of all of it. */
    isForgotten: () => parts > 0 && forgotten === parts,
  };
}

interface Part {
  readonly version: number;
  readonly into: Into;
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

/** What must come of an hour that is done, one of them at least. */
const wantedOf = ({ sources }: Totals): Measure[] =>
  (['cpu_cores', 'memory_bytes'] as const).filter((name) => sources.get(name)?.kind !== 'off');

/** Whole hours of which neither CPU nor memory came, though it is wanted. */
function hoursWithoutUse(job: Job, totals: Totals): number[] {
  const wanted = wantedOf(totals);
  if (job.kind === 'open' || wanted.length === 0) return [];
  const hours = Array.from({ length: (job.toMs - job.fromMs) / HOUR_MS }, (_, index) => job.fromMs + index * HOUR_MS);
  return hours.filter((hourMs) => !wanted.some((name) => totals.counts.get(hourMs)?.known.has(name)));
}

async function nothingCame(server: UsageServer, totals: Totals, store: Store): Promise<AppError> {
  const ever = await everUsed(store, server.cluster, wantedOf(totals));
  return new AppError(
    'prometheus_nothing',
    `nothing of CPU and memory came${ever ? '' : ', and never did'}: ${server.asked}; does the server scrape cAdvisor under these?`,
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
  const hadRows = [...before.values()].some((hour) => hour.importedVersion > 0 || hour.tries > 0);
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
  readonly kept: boolean;
  readonly withoutUse: readonly number[];
  readonly journalToMs: number | null;
}

async function record(job: Job, before: RecordedHours, done: Done, deps: JobDeps): Promise<void> {
  const { store, now, nextVersion, recording } = deps;
  const firstMs = hourOf(job.fromMs);
  const hours = Math.ceil((job.toMs - firstMs) / HOUR_MS);
  // Later than that of a day that was summed up while the hours' roll-ups were being written.
  const importedVersion = nextVersion(done.version);
  const journal_to = done.journalToMs === null ? null : toTime(done.journalToMs);
  const recorded = Array.from({ length: hours }, (_, index) => firstMs + index * HOUR_MS)
    .filter((hourMs) => !done.withoutUse.includes(hourMs))
    .map((hourMs) => {
      const hour = before.get(hourMs);
      const row = windowRow({ cluster: recording.cluster, hourMs, nowMs: now(), version: done.version }, hour, {
        ...(isUnchanged(job, done) ? {} : countsOf(hourMs, job, hours, hour, done)),
        state: job.kind === 'open' ? 'open' : done.givenUp ? 'given-up' : 'done',
        tries: 0,
        duration_ms: Math.max(0, now() - done.startedMs),
      });
      const imported = hour?.importedVersion ?? 0;
      const hasRows = row.rows > 0 || imported > 0;
      const imported_version = done.kept ? imported : hasRows ? importedVersion : 0;
      return { row, tried: { imported_version, journal_to } };
    });
  await writeHours(store, recording, recorded);
}

/** Nothing was written of it: what is recorded of its rows stays. */
const isUnchanged = (job: Job, { kept, givenUp, counts }: Done): boolean =>
  kept || givenUp || (job.kind === 'open' && counts.size === 0);

function countsOf(hourMs: number, job: Job, hours: number, before: RecordedHour | undefined, done: Done) {
  const count = done.counts.get(hourMs);
  const goesOn = job.fromMs > hourMs ? before : undefined;
  return {
    imported_to: toTime(Math.min(job.toMs, hourMs + HOUR_MS)),
    method: done.method,
    missing: missingIn(done.sources, count),
    pods: Math.max(count?.pods.size ?? 0, goesOn?.pods ?? 0),
    rows: (count?.rows ?? 0) + (goesOn?.rows ?? 0),
    samples: Math.round(done.samples / hours) + (goesOn?.samples ?? 0),
    bad_samples: Math.round(done.badSamples / hours) + (goesOn?.badSamples ?? 0),
  };
}

/** Measures that are wanted of the server and of which nothing came. */
function missingIn(sources: Totals['sources'], count: HourCount | undefined): Measure[] {
  return [...USED, ...SET].filter((measure) => {
    const kind = sources.get(measure)?.kind ?? 'none';
    return kind !== 'off' && kind !== 'journal' && !count?.known.has(measure);
  });
}
