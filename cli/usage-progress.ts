import { isAppError } from '../platform/errors.ts';
import type { Progress } from '../processors/usage/import/cluster-import.ts';

/** Where progress is shown: one line that renews itself on a terminal, plain lines elsewhere. */
export interface ProgressLine {
  show(text: string): void;
  /** A line that stays. */
  keep(text: string): void;
  end(): void;
}

export function createProgressLine(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>): ProgressLine {
  let shown = false;
  const clear = (): void => {
    if (shown) out.write('\r\u001b[K');
    shown = false;
  };
  return {
    show(text) {
      if (!out.isTTY) return void out.write(`${text}\n`);
      clear();
      out.write(text.slice(0, Math.max(10, (out.columns || 80) - 1)));
      shown = true;
    },
    keep(text) {
      clear();
      out.write(`${text}\n`);
    },
    end() {
      if (shown) out.write('\n');
      shown = false;
    },
  };
}

const HOUR_MS = 3_600_000;

/** `2026-11-22T20:00Z` */
export const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** One import in a line: its hours, and what came of them. */
export function progressText(progress: Progress): string {
  const { job } = progress;
  const hours = `${minuteOf(job.fromMs)} to ${minuteOf(job.toMs)}`;
  if ('error' in progress) {
    const { error } = progress;
    return `${hours}: ${isAppError(error) ? `${error.code}: ` : ''}${error.message}`;
  }
  const { rows, samples, badSamples, givenUp, kept, withoutUse } = progress.imported;
  if (kept) return `${hours}: left as it was, the server knows less of it than is stored`;
  if (givenUp) return `${hours}: the server keeps nothing of that time`;
  const bad = badSamples > 0 ? `, ${badSamples} of them bad` : '';
  const without = withoutUse.length > 0 ? `; of ${hoursText(withoutUse.length)} no CPU or memory came` : '';
  return `${hours}: ${rows} rows of ${samples} samples${bad}${without}`;
}

/** Of one import: hours that failed, and hours that are given up. */
export function shortOf({ job, ...came }: Progress): { failed: number; forgotten: number } {
  const hours = Math.ceil((job.toMs - job.fromMs) / HOUR_MS);
  if ('error' in came) return { failed: hours, forgotten: 0 };
  return { failed: came.imported.withoutUse.length, forgotten: came.imported.givenUp ? hours : 0 };
}

export const hoursText = (hours: number): string => (hours === 1 ? '1 hour' : `${hours} hours`);

/** What an import says of hours that nothing can be had of any more. */
export const forgottenText = (hours: number): string =>
  hours === 0 ? '' : `, ${hoursText(hours)} that the server keeps nothing of`;

/** What an import that was broken off says of the hours that it did not try. */
export const leftText = (hours: number): string => (hours === 0 ? '' : `, ${hoursText(hours)} not tried`);
