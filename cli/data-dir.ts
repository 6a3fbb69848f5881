import { accessSync, constants, mkdirSync } from 'node:fs';
import { lockForWriting } from '../platform/bus/log-folder.ts';
import { AppError, isAppError, messageOf } from '../platform/errors.ts';

/** Files in the data folder that its lock consists of. */
export const LOCK_FILE = 'lock.sqlite';

/** Makes the data folder where there is none. Throws AppError `unavailable` when it cannot be made or written. */
export function ensureDataDir(dir: string): void {
  try {
    // Containers' logs lie in it: nobody else's to read.
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = 'set TIDEMARK_DATA_DIR (data_dir) to a folder that can be';
    throw new AppError('unavailable', `the data folder ${dir} cannot be written: ${messageOf(error)}; ${advice}`, {
      cause: error,
    });
  }
}

/**
 * Makes the data folder this process' own, until the returned function is called or the process dies. Throws AppError
 * `conflict` when another one has it, `unavailable` when it cannot be written.
 */
export function claimDataDir(dir: string): () => void {
  ensureDataDir(dir);
  try {
    return lockForWriting(dir);
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error;
    const advice = 'stop it, or set TIDEMARK_DATA_DIR (data_dir) to another folder';
    throw new AppError('conflict', `another tidemark uses the data folder ${dir}: ${advice}`, { cause: error });
  }
}
