import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { AppError, isAppError } from '../platform/errors.ts';
import { realClock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { aborted, STOP_MS, stopSignal, type Command } from './command.ts';
import { startEngine } from './engine.ts';
import { createParts } from './parts.ts';

const PROGRAM = fileURLToPath(new URL('../tidemark.ts', import.meta.url));
const RESTART_MS = { first: 1_000, most: 30_000 };
/** An engine that hangs does not outlive its parent, which gives up its own stop after `STOP_MS`. */
const KILL_MS = STOP_MS - 5_000;
/** A run of this length says that the engine was well. */
const HEALTHY_MS = 60_000;
/** The child's exit code for a configuration that no restart mends. */
const CONFIG_EXIT = 2;

/** What the child tells its parent: where the API listens, or which configuration no restart mends. */
type EngineMessage = { url: string } | { problem: string };

export interface EngineChild {
  /** The API's address, once the child listens. */
  readonly url: Promise<string>;
  /** Rejects when the engine cannot be started at all. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps the engine running in a process of its own: what happens to it never stops the recording. It is started again,
 * with growing pauses, as often as it ends by itself.
 */
export function superviseEngine(options: { env: NodeJS.ProcessEnv; log: Logger }): EngineChild {
  const { env, log } = options;
  const stop = new AbortController();
  let child: ChildProcess | undefined;
  const { promise: url, resolve: ready, reject: failed } = Promise.withResolvers<string>();
  url.catch(() => undefined);

  async function run(): Promise<void> {
    for (let pause = RESTART_MS.first; !stop.signal.aborted; pause = Math.min(pause * 2, RESTART_MS.most)) {
      const startedAt = Date.now();
      child = fork(PROGRAM, ['engine'], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      let problem = 'the engine does not start with this configuration';
      child.on('message', (message: EngineMessage) => {
        if ('url' in message) ready(message.url);
        else problem = message.problem;
      });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (stop.signal.aborted) return;
      if (code === CONFIG_EXIT) throw new AppError('config_invalid', problem);
      if (Date.now() - startedAt > HEALTHY_MS) pause = RESTART_MS.first;
      log.error({ code, signal, retryInMs: pause }, 'the engine ended; recording goes on');
      await realClock.sleep(pause, stop.signal);
    }
  }

  const done = run();
  done.catch((error: unknown) => failed(error));
  return {
    url,
    done,
    async close() {
      stop.abort();
      if (child && child.exitCode === null && child.signalCode === null) {
        const ending = child;
        const gone = once(ending, 'exit');
        ending.kill('SIGTERM');
        const kill = setTimeout(() => {
          log.error({ afterMs: KILL_MS }, 'the engine does not end: it is killed');
          ending.kill('SIGKILL');
        }, KILL_MS);
        await gone.finally(() => clearTimeout(kill));
      }
      await done.catch(() => undefined);
    },
  };
}

/** The child's side: folds, store and API until its parent ends or tells it to. */
export const engine: Command = {
  help: 'tidemark engine\n\nThe engine of `tidemark up`, which starts it.',
  async run() {
    const parts = createParts('engine');
    // A signal to the whole group comes from its parent once more, and again when that is gone: it is one wish to end.
    const stop = stopSignal(['SIGTERM'], { insisting: () => undefined });
    // A terminal's Ctrl-C reaches this process too: it ends when its parent says so, or when the parent is gone.
    process.on('SIGINT', () => undefined);
    const tell = (message: EngineMessage) => process.send?.(message);
    const parentGone = () => process.kill(process.pid, 'SIGTERM');
    process.once('disconnect', parentGone);
    try {
      const running = await startEngine({ ...parts, roles: ['processors', 'api'] });
      tell({ url: running.url ?? '' });
      try {
        await Promise.race([aborted(stop), running.done]);
        return 0;
      } finally {
        await running.close();
      }
    } catch (error) {
      if (!isAppError(error, 'config_invalid')) throw error;
      tell({ problem: error.message });
      return CONFIG_EXIT;
    } finally {
      // A channel that is listened to keeps the process alive: one that has failed would never end, nor be started again.
      process.off('disconnect', parentGone);
      if (process.connected) process.disconnect?.();
    }
  },
};
