import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { browserAvailable } from '../../deploy/testbrowser/chromium.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const READY = /Ready: (http:\/\/127\.0\.0\.1:\d+)/;
const READY_WITHIN_MS = 240_000;

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the demo of this run serves its pages. */
    demoUrl: string;
  }
}

/** Builds the pages and runs one demo for all tests of the project. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!browserAvailable().available) return undefined;
  // Vitest's own NODE_ENV would make it a build for developers.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT, env });
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-web-'));
  const demo = spawn(process.execPath, ['tidemark.ts', 'demo'], {
    cwd: ROOT,
    env: { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_API_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = async (): Promise<void> => {
    await ended(demo);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    project.provide('demoUrl', await readyUrl(demo));
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

function readyUrl(demo: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the demo ${why}:\n${said}`));
    const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const url = READY.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    demo.stdout?.on('data', hear);
    demo.stderr?.on('data', hear);
    demo.once('exit', (code) => fail(`ended with ${code}`));
  });
}

/** Asks it to stop, and makes it where it does not. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await gone;
  clearTimeout(timer);
}
