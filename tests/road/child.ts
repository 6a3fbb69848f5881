import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../deploy/testkube/test-kube.ts';

export { freePort } from '../../deploy/testkube/test-kube.ts';

const PROGRAM = fileURLToPath(new URL('../../tidemark.ts', import.meta.url));

/** One `tidemark` process that a test started. */
export interface Child {
  readonly pid: number;
  readonly logFile: string;
  readonly exited: () => boolean;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Runs `tidemark <args>` to its end and answers its exit code and all that it said. */
export async function runToEnd(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    timeout: 60_000,
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: Buffer.concat(output).toString('utf8') };
}

/** Starts `tidemark <args>` and waits until `url` answers 200, as long as the process lives. */
export async function startChild(
  name: string,
  options: { args: readonly string[]; env: Readonly<Record<string, string>>; dir: string; url: string },
): Promise<Child> {
  const logFile = join(options.dir, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...options.args], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
  });
  closeSync(log);
  const killChild = () => void child.kill('SIGKILL');
  process.once('exit', killChild);
  const exited = () => child.exitCode !== null || child.signalCode !== null;
  await until(`${name} answers at ${options.url}`, async () => {
    if (exited()) throw new Error(`${name} ended:\n${readFileSync(logFile, 'utf8').slice(-3000)}`);
    return fetch(options.url).then(
      (response) => response.ok,
      () => false,
    );
  });
  return {
    pid: child.pid ?? 0,
    logFile,
    exited,
    async end(signal = 'SIGTERM') {
      process.off('exit', killChild);
      if (exited()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(timer);
    },
  };
}
