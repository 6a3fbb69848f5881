import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { splitStatements } from './sql.ts';
import { toStoreError } from './store-errors.ts';
import type { Store } from './store.ts';

export interface MigrationFile {
  readonly number: number;
  /** The file's name: `0001_road.sql`. */
  readonly name: string;
  /** SHA-256 of the file's text, line ends as LF. */
  readonly checksum: string;
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

export const checksumOf = (text: string): string =>
  createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');

/** Reads `NNNN_name.sql` files. Throws AppError `config_invalid` on a wrong name, a number used twice or a gap. */
export async function readMigrations(dir: string): Promise<MigrationFile[]> {
  const invalid = (message: string) => new AppError('config_invalid', message, { details: { dir } });
  const names = await readdir(dir).catch((error: unknown) => {
    throw invalid(`migrations cannot be read from ${dir}: ${messageOf(error)}`);
  });
  const files: MigrationFile[] = [];
  for (const name of names.filter((each) => each.endsWith('.sql')).sort()) {
    const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(number)) throw invalid(`migration ${name} is not named like 0001_what_it_makes.sql`);
    if (number !== files.length + 1) {
      throw invalid(
        `migration ${name} should be number ${String(files.length + 1).padStart(4, '0')}: numbers run on without gap or repeat`,
      );
    }
    const text = await readFile(join(dir, name), 'utf8');
    files.push({ number, name, checksum: checksumOf(text), statements: splitStatements(text) });
  }
  return files;
}

/**
 * Which files are still to be applied. Throws AppError `migration_edited` when an applied file is another now, and
 * `conflict` when the store is ahead of this version or misses one in the middle.
 */
export function pendingMigrations(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): MigrationFile[] {
  const known = new Map(files.map((file) => [file.number, file]));
  for (const row of applied) {
    const file = known.get(row.number);
    if (!file) {
      throw new AppError(
        'conflict',
        `the store has migration ${row.name}, which this version of Tidemark does not know: it was written by a newer one. Run that version, or restore the store from before the upgrade.`,
        { details: { migration: row.name } },
      );
    }
    if (file.checksum !== row.checksum) {
      throw new AppError(
        'migration_edited',
        `migration ${file.name} was edited after it was applied: the tables in the store were made by another text than the file now has. Put the file back as it was, and make the change in a new migration with the next number.`,
        { details: { migration: file.name, applied: row.checksum, file: file.checksum } },
      );
    }
  }
  const done = new Set(applied.map((row) => row.number));
  const pending = files.filter((file) => !done.has(file.number));
  const last = Math.max(0, ...done);
  const skipped = pending.find((file) => file.number < last);
  if (skipped) {
    throw new AppError(
      'conflict',
      `migration ${skipped.name} was never applied, but later ones were: the store's record is incomplete. Restore table schema_migrations.`,
      {
        details: { migration: skipped.name },
      },
    );
  }
  return pending;
}

const RECORDS = `CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32 COMMENT 'Number of the file',
    name String COMMENT 'Name of the file',
    checksum String COMMENT 'SHA-256 of its text',
    applied_at DateTime64(3, 'UTC') COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY (number, checksum)
COMMENT 'Migrations that were applied'`;

/**
 * Applies what is pending in `dir`, in order, and records each file after its last statement. Every statement may run
 * twice (IF NOT EXISTS, OR REPLACE), so a crash within a file, or two processes at once, come to the same end.
 * Resolves to the names of the files it applied. Throws what the two above throw, and the store's own AppError with the
 * statement's place.
 */
export async function migrate(store: Store, options: { dir: string }, log: Logger): Promise<string[]> {
  const files = await readMigrations(options.dir);
  await store.command(RECORDS);
  const applied = await store.queryAfterWrite<AppliedMigration>(
    'SELECT DISTINCT number, name, checksum FROM schema_migrations ORDER BY number',
  );
  const pending = pendingMigrations(files, applied);
  for (const file of pending) {
    for (const [at, statement] of file.statements.entries()) {
      try {
        await store.command(statement);
      } catch (error) {
        const { code, retryable } = toStoreError(error, 'command');
        throw new AppError(code, `migration ${file.name}, statement ${at + 1}: ${messageOf(error)}`, {
          retryable,
          cause: error,
          details: { migration: file.name, statement: at + 1 },
        });
      }
    }
    await store.command(
      'INSERT INTO schema_migrations SELECT {number:UInt32}, {name:String}, {checksum:String}, now64(3)',
      { number: file.number, name: file.name, checksum: file.checksum },
    );
    log.info({ migration: file.name, statements: file.statements.length }, 'migration applied');
  }
  return pending.map((file) => file.name);
}
