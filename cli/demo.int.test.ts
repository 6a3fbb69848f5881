import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../tidemark.ts', import.meta.url));

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-demo-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the demo ends, with its engine and its clusters, at the first signal', async () => {
  const env = { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_API_PORT: '0' };
  const demo = spawn(process.execPath, [PROGRAM, 'demo', '--days', '0'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(demo, 'exit');
  try {
    let said = '';
    for await (const text of demo.stdout.iterator({ destroyOnReturn: false })) {
      said += String(text);
      if (said.includes('Ready:')) break;
    }
    expect(said).toContain('Ready: http://127.0.0.1:');
    demo.kill('SIGTERM');
    demo.stdout.resume();
    expect(await ended).toEqual([0, null]);
  } finally {
    demo.kill('SIGKILL');
  }
});
