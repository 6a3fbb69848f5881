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
const STOP_MS = 30_000;

/** Aborts at one of the signals; a second one ends the process at once, and so does a stop that takes too long. */
export function stopSignal(signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): AbortSignal {
  const controller = new AbortController();
  const giveUp = () => {
    process.stderr.write(`tidemark: not stopped in good order within ${STOP_MS / 1000} s, ending now\n`);
    process.exit(1);
  };
  for (const signal of signals) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
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
