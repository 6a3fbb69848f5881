import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS = 120_000;
const END_MS = 30_000;
const TRIES = 3;

/** How to start a server on a port, and how to tell that it answers and is the one that was started. */
export interface ServerPlan {
  readonly name: string;
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its output goes here, appended. */
  readonly logFile: string;
  args(port: number): string[];
  /** Null while it is not ready; false where another server answers. May reject: then it is not ready. */
  isOurs(url: string): Promise<boolean | null>;
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** SIGTERM, and SIGKILL for what does not go within 30 seconds. Only ever the process that was started. */
  end(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(late);
}

/** Null once it is ready, else why it is not. */
async function waitUntilReady(plan: ServerPlan, child: ChildProcess, url: string): Promise<string | null> {
  for (const deadline = Date.now() + READY_MS; ; await sleep(50)) {
    const ours = await plan.isOurs(url).catch(() => null);
    if (ours === true) return null;
    if (ours === false) return 'another server answers on its port';
    if (child.pid === undefined || hasEnded(child)) return 'it ended';
    if (Date.now() > deadline) return `it was not ready within ${READY_MS} ms`;
  }
}

/** Starts the server on a free port of loopback and waits until it is ready; tries another port where one was taken meanwhile. */
export async function startServer(plan: ServerPlan): Promise<ServerProcess> {
  let why: string | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const log = openSync(plan.logFile, 'a');
    const child = spawn(plan.program, plan.args(port), {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...plan.env },
    });
    closeSync(log);
    const killChild = () => void child.kill('SIGKILL');
    // An end without a pid is what tells of it.
    child.on('error', () => undefined);
    process.once('exit', killChild);
    const end = async () => {
      await endChild(child);
      process.removeListener('exit', killChild);
    };
    why = await waitUntilReady(plan, child, url);
    if (why === null) return { url, pid: child.pid!, end };
    await end();
  }
  const tail = readFileSync(plan.logFile, 'utf8').slice(-4000);
  throw new Error(`${plan.name} did not start: ${why}. Its log is kept in ${plan.logFile}:\n${tail}`);
}

/** GET, the body as text; null unless the status is 200. */
export async function getText(url: string): Promise<string | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  return response.status === 200 ? text : null;
}
