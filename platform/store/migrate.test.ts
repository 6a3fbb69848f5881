import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checksumOf, pendingMigrations, readMigrations, type MigrationFile } from './migrate.ts';
import { daysOfTtl } from './retention.ts';

const file = (number: number, checksum = `sum${number}`): MigrationFile => ({
  number,
  name: `${String(number).padStart(4, '0')}_x.sql`,
  checksum,
  statements: [],
});

test('a checksum is of the text, whatever its line ends', () => {
  expect(checksumOf('a\r\nb')).toBe(checksumOf('a\nb'));
  expect(checksumOf('a\nb')).not.toBe(checksumOf('a\nc'));
});

describe('pendingMigrations', () => {
  test('gives what is not applied', () => {
    expect(pendingMigrations([file(1), file(2), file(3)], [file(1)]).map((each) => each.number)).toEqual([2, 3]);
    expect(pendingMigrations([file(1)], [file(1)])).toEqual([]);
  });

  test.each<[string, MigrationFile[], MigrationFile[], string, RegExp]>([
    [
      'an edited file',
      [file(1, 'new')],
      [file(1, 'old')],
      'migration_edited',
      /0001_x\.sql was edited.*Put the file back/,
    ],
    ['a newer store', [file(1)], [file(1), file(2)], 'conflict', /0002_x\.sql.*newer/],
    ['a gap', [file(1), file(2), file(3)], [file(1), file(3)], 'conflict', /0002_x\.sql was never applied/],
  ])('refuses %s', (_, files, applied, code, message) => {
    expect(() => pendingMigrations(files, applied)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

test.each([
  [['0001_a.sql', '0003_b.sql'], /0003_b\.sql should be number 0002/],
  [['0001_a.sql', '0001_b.sql'], /0001_b\.sql should be number 0002/],
  [['1_a.sql'], /1_a\.sql is not named/],
])('files %j are refused', async (names, message) => {
  const dir = await mkdtemp(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const name of names) await writeFile(join(dir, name), 'SELECT 1');
  await expect(readMigrations(dir)).rejects.toThrow(message);
});

test.each([
  ['MergeTree ORDER BY a TTL toDateTime(observed_at) + toIntervalDay(30) SETTINGS index_granularity = 8192', 30],
  ['ReplacingMergeTree(version) ORDER BY a TTL toDateTime(`from`) + toIntervalDay(7) SETTINGS x = 1', 7],
  ['MergeTree ORDER BY a SETTINGS index_granularity = 8192', 0],
])('days of %s', (engine, days) => expect(daysOfTtl(engine)).toBe(days));
