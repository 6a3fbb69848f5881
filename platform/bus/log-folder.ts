import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import { isBusy, isCorrupt, toAppError } from './segment.ts';

/** What a log's folder holds besides its segments: `log.json` (the log's life), `lock.sqlite`, `losses.json`, `readers/GROUP.json`. */
export interface LogIdentity {
  readonly logId: string;
  readonly topic: string;
}

/** Writes a file whole or not at all; on disk when it returns. */
export function writeDurably(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.${randomUUID()}.new`;
  try {
    const file = openSync(fresh, 'wx');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** A file's JSON object, empty where it is none; undefined where there is no file. */
export function readJson(path: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The log's life, or undefined where no log has been made yet or its `log.json` cannot be read. */
export function readIdentity(dir: string): LogIdentity | undefined {
  const found = readJson(join(dir, 'log.json'));
  if (typeof found?.['logId'] !== 'string' || typeof found['topic'] !== 'string') return undefined;
  return { logId: found['logId'], topic: found['topic'] };
}

/** Makes the folder and the log's life where there is none. */
export function openIdentity(dir: string, topic: string): LogIdentity {
  try {
    mkdirSync(join(dir, 'readers'), { recursive: true });
    const found = readIdentity(dir);
    if (found && found.topic !== topic) {
      throw new AppError('conflict', `the folder ${dir} holds the log of ${found.topic}, not of ${topic}`, {
        details: { dir },
      });
    }
    if (found) return found;
    const made = { logId: randomUUID(), topic };
    writeDurably(join(dir, 'log.json'), JSON.stringify(made));
    return made;
  } catch (error) {
    throw toAppError(error, dir);
  }
}

/**
 * Makes this process the log's only writer, until the returned function is called or the process dies: SQLite's own lock
 * is one of the operating system's.
 */
export function lockForWriting(dir: string): () => void {
  const path = join(dir, 'lock.sqlite');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (isCorrupt(error)) {
      rmSync(path);
      return lockForWriting(dir);
    }
    if (!isBusy(error)) throw toAppError(error, dir);
    throw new AppError('conflict', `another process writes the log in ${dir}: one agent at a time`, {
      cause: error,
      details: { dir },
    });
  }
  const held = lock;
  return () => held.close();
}

const positionPath = (dir: string, group: string): string => join(dir, 'readers', `${encodeURIComponent(group)}.json`);

/** Registers how far a reader has come: all before `next` may be unlinked as far as it is concerned. */
export function writePosition(dir: string, group: string, logId: string, next: number): void {
  try {
    mkdirSync(join(dir, 'readers'), { recursive: true });
    writeDurably(positionPath(dir, group), JSON.stringify({ logId, next }));
  } catch (error) {
    throw toAppError(error, dir);
  }
}

function positionOf(path: string, logId: string): number | undefined {
  const found = readJson(path);
  return found?.['logId'] === logId && typeof found['next'] === 'number' ? found['next'] : undefined;
}

export const readPosition = (dir: string, group: string, logId: string): number | undefined =>
  positionOf(positionPath(dir, group), logId);

/** The positions of every registered reader, by group; those of another life of the log are left out. */
export function readPositions(dir: string, logId: string): Map<string, number> {
  const positions = new Map<string, number>();
  for (const name of readdirSync(join(dir, 'readers'))) {
    if (!name.endsWith('.json')) continue;
    const next = positionOf(join(dir, 'readers', name), logId);
    if (next !== undefined) positions.set(decodeURIComponent(name.slice(0, -'.json'.length)), next);
  }
  return positions;
}
