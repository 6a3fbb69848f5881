import { parseArgs, type ParseArgsConfig } from 'node:util';
import { AppError, messageOf } from '../platform/errors.ts';

/** One subcommand. `run` answers the exit code. */
export interface Command {
  readonly help: string;
  run(args: readonly string[]): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Parses a command's options; a wrong one is AppError `config_invalid`. */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new AppError('config_invalid', `${messageOf(error)} (see --help)`, { cause: error });
  }
}

/** How long a stop in good order may take. What is cut off then is made good at the next start. */
export const STOP_MS = 30_000;

/** Without exit handlers: those of the embedded engine may wait for ever for a thread that was in the middle of something. */
const endNow = (): void => void process.kill(process.pid, 'SIGKILL');

/**
 * Aborts at one of the signals; a stop that takes too long ends the process, and so does a second signal, unless `insisting` is
 * no reason to.
 */
export function stopSignal(
  signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
  { insisting = endNow }: { insisting?: () => void } = {},
): AbortSignal {
  const controller = new AbortController();
  const giveUp = () => {
    process.stderr.write(`tidemark: not stopped in good order within ${STOP_MS / 1000} s, ending now\n`);
    endNow();
  };
  for (const signal of signals) {
    process.on(signal, () => {
      if (controller.signal.aborted) return insisting();
      setTimeout(giveUp, STOP_MS).unref();
      controller.abort();
    });
  }
  return controller.signal;
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
