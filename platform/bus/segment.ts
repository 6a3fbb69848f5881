import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, isAppError, messageOf } from '../errors.ts';

/**
 * One segment of a local log: a SQLite file in WAL mode, named for the first offset that it can hold. Besides its entries
 * it carries a copy of all that is known, so that an append with its changes is one transaction in one file.
 * `user_version` is set by the transaction that makes the tables: a file without it is a roll that was cut short.
 * A thinned segment is a file of its own, never written to, and is named for its first offset and for the one after its
 * last: it stands in for every other segment that begins between the two.
 */
export interface SegmentFile {
  readonly first: number;
  readonly path: string;
  /** Of a thinned segment, the offset after its last. */
  readonly next?: number;
}

export const SEGMENT_VERSION = 1;
const SEGMENT_NAME = /^(\d{20})(?:-(\d{20}))?\.sqlite$/;
const ASIDE_NAME = /^(\d{20})(?:-(\d{20}))?\.sqlite\.corrupt-\d+$/;
export const TABLES = `
  CREATE TABLE entries (
    offset INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, recoverable INTEGER NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE known (
    source TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    uid TEXT NOT NULL, resource_version TEXT NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (source, namespace, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${SEGMENT_VERSION};
`;

const digits = (offset: number): string => String(offset).padStart(20, '0');

/** The path of a segment; of a thinned one, which ends before `next`, where that is given. */
export const segmentPath = (dir: string, first: number, next?: number): string =>
  join(dir, `${digits(first)}${next === undefined ? '' : `-${digits(next)}`}.sqlite`);

/** The segments of a folder in order; none when there is no folder. */
export const listSegments = (dir: string): SegmentFile[] => sortOut(dir).segments;

/** Files that a thinned segment stands in for: what a kill between its making and their unlinking leaves. */
export const replacedSegments = (dir: string): SegmentFile[] => sortOut(dir).replaced;

function sortOut(dir: string): { segments: SegmentFile[]; replaced: SegmentFile[] } {
  const segments: SegmentFile[] = [];
  const replaced: SegmentFile[] = [];
  let coveredTo = 0;
  for (const file of segmentFiles(dir)) {
    if (file.first < coveredTo) replaced.push(file);
    else {
      segments.push(file);
      coveredTo = file.next ?? file.first;
    }
  }
  return { segments, replaced };
}

/** Every segment's file by its first offset, the widest first. */
function segmentFiles(dir: string): SegmentFile[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const [, first, next] = SEGMENT_NAME.exec(name) ?? [];
      if (first === undefined) return [];
      return [{ first: Number(first), path: join(dir, name), ...(next && { next: Number(next) }) }];
    })
    .toSorted((a, b) => a.first - b.first || (b.next ?? 0) - (a.next ?? 0));
}

/** The files in a folder that were moved aside, with what their names tell. */
export const listAside = (dir: string): { file: string; first: number; next?: number }[] =>
  readdirSync(dir).flatMap((file) => {
    const [, first, next] = ASIDE_NAME.exec(file) ?? [];
    return first === undefined ? [] : [{ file, first: Number(first), ...(next && { next: Number(next) }) }];
  });

const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Bytes on disk, the write-ahead log and its index included. */
export const segmentBytes = ({ path }: SegmentFile): number => size(path) + size(`${path}-wal`) + size(`${path}-shm`);

/** When the segment was made and last written, as its files tell: between these its entries were appended. */
export function segmentTimes(segment: SegmentFile): { fromMs: number; toMs: number } {
  const files = [segment.path, `${segment.path}-wal`].flatMap(
    (path) => statSync(path, { throwIfNoEntry: false }) ?? [],
  );
  const toMs = Math.trunc(Math.max(0, ...files.map((file) => file.mtimeMs)));
  const bornMs = Math.trunc(files[0]?.birthtimeMs ?? 0);
  return { fromMs: bornMs > 0 ? Math.min(bornMs, toMs) : toMs, toMs };
}

export function removeSegment(segment: SegmentFile): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(segment.path + suffix, { force: true });
}

/** The name that `setAside` gives a segment's file. */
export const asideName = (segment: SegmentFile, now: number): string => `${basename(segment.path)}.corrupt-${now}`;

/** Keeps a file that cannot be read out of the way, for a person to look at. Returns its new name. */
export function setAside(segment: SegmentFile, now: number): string {
  const aside = join(dirname(segment.path), asideName(segment, now));
  for (const suffix of ['-wal', '-shm']) rmSync(aside + suffix, { force: true });
  renameSync(segment.path, aside);
  for (const suffix of ['-wal', '-shm']) {
    if (statSync(segment.path + suffix, { throwIfNoEntry: false })) renameSync(segment.path + suffix, aside + suffix);
  }
  return basename(aside);
}

export function openForWriting(segment: SegmentFile): DatabaseSync {
  const db = new DatabaseSync(segment.path, { timeout: 5000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Makes a new segment with a copy of what the one before it knows. A cut in between leaves a file without a version. */
export function createSegment(dir: string, first: number, previous: SegmentFile | undefined): DatabaseSync {
  const segment = { first, path: segmentPath(dir, first) };
  const db = openForWriting(segment);
  try {
    if (previous) db.prepare('ATTACH ? AS previous').run(previous.path);
    db.exec('BEGIN IMMEDIATE');
    db.exec(TABLES);
    if (previous) {
      db.exec('INSERT INTO known SELECT * FROM previous.known; INSERT INTO meta SELECT * FROM previous.meta;');
    }
    db.exec('COMMIT');
    if (previous) db.exec('DETACH previous');
    return db;
  } catch (error) {
    db.close();
    removeSegment(segment);
    throw error;
  }
}

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);

/**
 * Whether a segment's tables have been made; its making was cut short otherwise. Throws AppError `conflict` where a newer
 * program made them, `log_corrupt` where their version is gone.
 */
export function isComplete(db: DatabaseSync, { path }: Pick<SegmentFile, 'path'>): boolean {
  const version = pragma(db, 'user_version');
  if (version === SEGMENT_VERSION) return true;
  const details = { path, version };
  if (version > SEGMENT_VERSION) {
    const advice = 'start that version again, or move the folder away together with what of it has not been shipped';
    const message = `${path} was written by a newer version of this program (format ${version}, known here: ${SEGMENT_VERSION}): ${advice}`;
    throw new AppError('conflict', message, { details });
  }
  const ours = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name IN ('entries', 'known', 'meta')`).get();
  if (version === 0 && ours === undefined) return false;
  // One transaction makes the tables and the version, and it may have ended between the two looks.
  if (pragma(db, 'user_version') === SEGMENT_VERSION) return true;
  throw new AppError('log_corrupt', `${path} holds tables without a version`, { details });
}

/** Whether the segment says which of its entries are recoverable; earlier versions' do not. */
export const marksRecoverable = (db: DatabaseSync, schema = 'main'): boolean =>
  db.prepare(`SELECT 1 FROM pragma_table_info('entries', ?) WHERE name = 'recoverable'`).get(schema) !== undefined;

/** Bytes of the pages in use, committed but not yet checkpointed ones included. */
export const pageBytes = (db: DatabaseSync): number => pragma(db, 'page_count') * pragma(db, 'page_size');

/** Whether another process can read every page of the segment. */
export function isSound(segment: SegmentFile): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(segment.path, { readOnly: true, timeout: 5000 });
    return Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0] === 'ok';
  } catch (error) {
    if (isCorrupt(error)) return false;
    throw error;
  } finally {
    db?.close();
  }
}

/** The offset after the newest entry. */
export function nextOffset(db: DatabaseSync, first: number): number {
  const highest = db.prepare('SELECT max(offset) AS highest FROM entries').get()?.['highest'];
  return typeof highest === 'number' ? highest + 1 : first;
}

const PRIMARY = { busy: 5, corrupt: 11, full: 13, cannotOpen: 14, constraint: 19, mismatch: 20, notADatabase: 26 };

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

export function isCorrupt(error: unknown): boolean {
  if (isAppError(error, 'log_corrupt')) return true;
  const code = primaryCode(error);
  return code === PRIMARY.corrupt || code === PRIMARY.notADatabase;
}

export const isBusy = (error: unknown): boolean => primaryCode(error) === PRIMARY.busy;
/** What a reader meets that may not roll back: a kill as the file was made, before it came to its write-ahead log. */
const READONLY_ROLLBACK = 8 | (3 << 8);
export const isHalfMade = (error: unknown): boolean =>
  (error as { errcode?: unknown } | null)?.errcode === READONLY_ROLLBACK;

export const isMissing = (error: unknown): boolean => primaryCode(error) === PRIMARY.cannotOpen;

/** SQLite's and the file system's errors as ours. */
export function toAppError(error: unknown, dir: string): AppError {
  if (error instanceof AppError) return error;
  const code = primaryCode(error);
  const system = (error as NodeJS.ErrnoException | null)?.code;
  const options = { cause: error, details: { dir } };
  if (code === PRIMARY.full || system === 'ENOSPC' || system === 'EDQUOT') {
    return new AppError('disk_full', `no space is left for the log in ${dir}`, { ...options, retryable: true });
  }
  if (isCorrupt(error))
    return new AppError('log_corrupt', `the log in ${dir} cannot be read: ${messageOf(error)}`, options);
  const message = `the log in ${dir}: ${messageOf(error)}`;
  // What was given is no value of the column: the same will never go through.
  if (error instanceof TypeError || code === PRIMARY.constraint || code === PRIMARY.mismatch)
    return new AppError('internal', message, options);
  return new AppError('unavailable', message, { ...options, retryable: true });
}
