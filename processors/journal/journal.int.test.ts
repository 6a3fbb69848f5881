import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore } from './testing/open-test-store.ts';

const ENTRIES = 20_000;
const CHILD = join(import.meta.dirname, 'testing', 'journal-child.ts');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-journal-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the processor in a process of its own; kills it once it has published `killAfter` times. */
function runChild(killAfter: number, batch: number): Promise<{ done: boolean; errors: string }> {
  const child = spawn(process.execPath, [CHILD, join(folder, 'store'), String(ENTRIES), String(batch)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let published = 0;
  let done = false;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'done') done = true;
    else if (++published === killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', () => resolve({ done, errors })));
}

it('writes every row once although its process is killed again and again', async () => {
  for (const [killAfter, batch] of [
    [1, 700],
    [3, 900],
    [2, 500],
    [5, 800],
  ] as const) {
    expect(await runChild(killAfter, batch)).toEqual({ done: false, errors: '' });
  }
  expect(await runChild(Infinity, 600)).toEqual({ done: true, errors: '' });

  const store = await openTestStore(join(folder, 'store'));
  try {
    expect(
      await store.query('SELECT count() AS rows, uniqExact(offset) AS ids, max(offset) AS last FROM journal'),
    ).toEqual([{ rows: ENTRIES, ids: ENTRIES, last: ENTRIES - 1 }]);
    expect(
      await store.query("SELECT sum(vanished) AS counted, count() AS ids FROM coverage WHERE kind LIKE 'count/%'"),
    ).toEqual([{ counted: ENTRIES, ids: 5 }]);
    expect(await store.query("SELECT count() AS gaps FROM coverage WHERE state = 'gap'")).toEqual([{ gaps: 0 }]);
    const claims = await store.query<{ first: number; last: number }>(
      'SELECT first, last FROM fold_claims ORDER BY first',
    );
    expect(claims.map(({ first }) => first)).toEqual([0, ...claims.slice(0, -1).map(({ last }) => last + 1)]);
  } finally {
    await store.close();
  }
});
