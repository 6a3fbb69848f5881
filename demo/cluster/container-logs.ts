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
/** The last lines come within so long of the end. */
const ENDING_MS = 3_000;
/** The kubelet rotates: what an instance wrote before its newest file is not read back. */
const ROTATED_LINES = { least: 30, more: 400 };
/** Few talk much, most talk little. */
const TALKATIVE = 2.5;
/** Ends in good order are the many, and nobody reads their logs. */
const QUIET = new Set<Ending | null>(['sigterm', 'completed', 'init-wait']);

/** The program itself never came to a word. */
const BARE = new Set<Ending>(['not-found', 'not-executable', 'never-ran', 'init-wait']);

/** How many lines the newest file holds. */
function rotatedLines({ ending }: Instance, seed: number): number {
  const { least, more } = ROTATED_LINES;
  return QUIET.has(ending) ? least : least + Math.round(more * (seed / 2 ** 32) ** TALKATIVE);
}

/** The last `most` lines that this instance has written until `until` (milliseconds), oldest first. */
export function instanceLog(instance: Instance, until: number, most = Infinity): LogLine[] {
  const { voice, startedAt } = instance;
  const end = Math.min(until, instance.finishedAt ?? until);
  const seed = hash32(instance.containerId);
  const kept = Math.min(most, rotatedLines(instance, seed));
  const lived = Math.max(1, (instance.finishedAt ?? end) - startedAt);
  const ending =
    instance.finishedAt !== null && end === instance.finishedAt && instance.ending
      ? endingLines(voice, instance.ending, end)
      : [];
  const bare = instance.ending !== null && BARE.has(instance.ending);
  const opening = bare ? [] : startupLines(voice, startedAt);
  const startup = Math.min(STARTUP_MS, lived * 0.6);
  const lines: LogLine[] = [];
  opening.forEach((text, i) => {
    const at = startedAt + (startup * (i + 1)) / (opening.length + 1);
    if (at <= end) lines.push({ at, text });
  });
  const stepMs = 1_500 + (seed % 4_500);
  const first = startedAt + startup + 400;
  const span = Math.min(ENDING_MS, lived * 0.3);
  const last = Math.floor((end - first - (ending.length > 0 ? span : 0)) / stepMs);
  const count = bare ? 0 : Math.min(last + 1, kept);
  for (let i = last - count + 1; i <= last; i++) {
    const at = first + i * stepMs;
    lines.push({ at, text: steadyLine(voice, seed, i, at) });
  }
  ending.forEach((text, i) => lines.push({ at: end - span + (span * (i + 1)) / ending.length, text }));
  return lines.slice(-kept);
}

/** With the kubelet's timestamps: RFC 3339 with nanoseconds. */
export const stamped = ({ at, text }: LogLine): string => {
  const whole = Math.floor(at);
  const micros = String(Math.floor((at - whole) * 1_000)).padStart(3, '0');
  return `${new Date(whole).toISOString().slice(0, 23)}${micros}417Z ${text}`;
};
