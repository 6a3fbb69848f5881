import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimDataDir } from './data-dir.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tidemark-data-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('is one process’ own until it is given back', () => {
  const own = join(dir, 'a', 'b');
  const release = claimDataDir(own);
  expect(() => claimDataDir(own)).toThrow(`another tidemark uses the data folder ${own}: stop it, or set`);
  release();
  claimDataDir(own)();
});

it('says what to set when it cannot be made', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => claimDataDir(join(dir, 'file', 'data'))).toThrow(/cannot be written: .*set TIDEMARK_DATA_DIR/);
});
