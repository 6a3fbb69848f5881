import { endingLines, startupLines, steadyLine, type Ending, type Voice } from '../scenarios/log-lines.ts';
import { hash32 } from './random.ts';

/** One life of a container. Its log is not kept but made anew from these whenever it is asked for. */
export interface Instance {
  readonly containerId: string;
  readonly voice: Voice;
  readonly startedAt: number;
  finishedAt: number | null;
  ending: Ending | null;
}

export interface LogLine {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly text: string;
}

const STARTUP_MS = 2_400;
/** The kubelet rotates: no more lines than these can be read back. */
const MOST_LINES = 5_000;

/** The last `most` lines that this instance has written until `until` (milliseconds), oldest first. */
export function instanceLog(instance: Instance, until: number, most = MOST_LINES): LogLine[] {
  const { voice, startedAt } = instance;
  const end = Math.min(until, instance.finishedAt ?? until);
  const seed = hash32(instance.containerId);
  const lived = Math.max(1, (instance.finishedAt ?? end) - startedAt);
  const ending =
    instance.finishedAt !== null && end === instance.finishedAt && instance.ending
      ? endingLines(voice, instance.ending)
      : [];
  const bare = instance.ending === 'not-found' || instance.ending === 'init-wait';
  const opening = bare ? [] : startupLines(voice);
  const startup = Math.min(STARTUP_MS, lived * 0.6);
  const lines: LogLine[] = [];
  opening.forEach((text, i) => {
    const at = startedAt + (startup * (i + 1)) / (opening.length + 1);
    if (at <= end) lines.push({ at, text });
  });
  const stepMs = 1_500 + (seed % 4_500);
  const first = startedAt + startup + 400;
  const last = Math.floor((end - first - (ending.length > 0 ? 300 : 0)) / stepMs);
  const count = bare ? 0 : Math.min(last + 1, most, MOST_LINES);
  for (let i = last - count + 1; i <= last; i++) {
    const at = first + i * stepMs;
    lines.push({ at, text: steadyLine(voice, seed, i, at) });
  }
  const span = Math.min(250, lived * 0.3);
  ending.forEach((text, i) => lines.push({ at: end - span + (span * i) / ending.length, text }));
  return lines.slice(-Math.min(most, MOST_LINES));
}

/** With the kubelet's timestamps: RFC 3339 with nanoseconds. */
export const stamped = ({ at, text }: LogLine): string => {
  const whole = Math.floor(at);
  const micros = String(Math.floor((at - whole) * 1_000)).padStart(3, '0');
  return `${new Date(whole).toISOString().slice(0, 23)}${micros}417Z ${text}`;
};
