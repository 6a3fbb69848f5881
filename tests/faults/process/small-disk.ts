import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';

/** Mounts a disk of so many megabytes; answers why it cannot be done, or null. */
export function mountSmallDisk(at: string, megabytes: number): string | null {
  if (process.getuid?.() !== 0) return 'only root can mount a small disk';
  try {
    mkdirSync(at);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', at], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `a small disk cannot be mounted here: ${String(error)}`;
  }
}

/** Lazily: a process that was killed a moment ago may still hold it. */
export const unmount = (at: string): void => void execFileSync('umount', ['-l', at]);

/** Takes all the room there is, whatever else writes meanwhile. */
export function fillDisk(file: string): void {
  for (;;) {
    try {
      appendFileSync(file, Buffer.alloc(4096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
