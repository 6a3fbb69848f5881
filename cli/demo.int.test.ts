import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../tidemark.ts', import.meta.url));

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-demo-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ['once it is ready', 'TERM', ['--days', '0'], 'Ready: http://127.0.0.1:'],
  ['while it makes its history', 'INT', ['--days', '30'], 'prod-eu: making 30 days of history'],
] as const)('the demo ends, with its engine and its clusters, at the first signal %s', async (_, signal, args, at) => {
  const env = { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_API_PORT: '0', TIDEMARK_AGENT_METRICS_PORT: '0' };
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  // A group of its own: a terminal's Ctrl-C reaches the engine too.
  const demo = spawn(process.execPath, [PROGRAM, 'demo', ...args], { env, stdio: [...stdio], detached: true });
  const group = -(demo.pid ?? 0);
  // Not at its exit, when its last words may still be in the pipe.
  const ended = once(demo, 'close');
  try {
    let said = '';
    demo.stdout.on('data', (text) => (said += String(text)));
    await vi.waitFor(() => expect(said).toContain(at), { timeout: 150_000, interval: 20 });
    process.kill(group, `SIG${signal}`);
    expect(await ended).toEqual([0, null]);
    expect(said).toContain('Stopped.');
    // Nobody of the group is left.
    expect(() => process.kill(group, 0)).toThrow('ESRCH');
  } finally {
    if (demo.exitCode === null) process.kill(group, 'SIGKILL');
  }
});
