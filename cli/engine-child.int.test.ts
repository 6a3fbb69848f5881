import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../platform/log.ts';
import { superviseEngine } from './engine-child.ts';

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-engine-'))));
afterAll(() => rmSync(dir, { recursive: true }));

test('an engine that cannot start ends, and says that no restart would help', async () => {
  const env = { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_API_TOKENS_FILE: join(dir, 'missing') };
  const engine = superviseEngine({ env, log: silentLogger });
  try {
    await expect(engine.done).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(join(dir, 'missing')),
    });
    await expect(engine.url).rejects.toMatchObject({ code: 'config_invalid' });
  } finally {
    await engine.close();
  }
});

test('an engine that is told to end again and again ends in good order', async () => {
  const env = { ...process.env, TIDEMARK_DATA_DIR: join(dir, 'again'), TIDEMARK_API_PORT: '0' };
  const program = fileURLToPath(new URL('../tidemark.ts', import.meta.url));
  const engine = fork(program, ['engine'], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(engine, 'exit');
  expect(await Promise.race([once(engine, 'message'), ended])).toMatchObject([{ url: expect.any(String) }, undefined]);
  let told = 0;
  // Long before it has ended: by then a signal is nobody's.
  const telling = setInterval(() => {
    engine.kill('SIGTERM');
    if (++told === 10) clearInterval(telling);
  }, 1);
  try {
    expect(await ended).toEqual([0, null]);
  } finally {
    clearInterval(telling);
    engine.kill('SIGKILL');
  }
});
