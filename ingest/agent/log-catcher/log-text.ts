import type { LogStatus } from '../../../schemas/objects.ts';
import type { Redact } from '../redact.ts';
import type { Tail } from './tail-keeper.ts';

/** What became of one death's log: the fields of `LogObject` that only the log itself can fill. */
export interface Outcome {
  readonly status: LogStatus;
  readonly detail: string;
  readonly text: string;
  readonly lines: number;
  readonly bytes: number;
  readonly truncated: boolean;
  readonly redactions: number;
}

export interface Judged extends Outcome {
  /** No line is older than the second of the end, so a successor could have written all of them. */
  readonly ambiguous: boolean;
  /** Time of the newest line, milliseconds since the Unix epoch; −Infinity where no line has one. */
  readonly latest: number;
}

export interface Life {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export const without = (status: LogStatus, detail: string): Outcome => ({
  status,
  detail,
  text: '',
  lines: 0,
  bytes: 0,
  truncated: false,
  redactions: 0,
});

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?: |$)/;
/** A kubelet that has lost the file answers 200 and says so in the body, without a timestamp. */
const KUBELET_SAYS_GONE =
  /^(?:unable to retrieve container logs for|failed to try resolving symlinks in path|rpc error: code = )/;
const ESC = String.fromCodePoint(0x1b);
const BEL = String.fromCodePoint(0x07);
/** Terminal sequences: CSI (colours), OSC (titles), character sets, single functions. */
const ANSI = new RegExp(
  `${ESC}(?:${[
    String.raw`\[[0-9;:?<=>]{0,64}[ -/]{0,4}[@-~]`,
    String.raw`\][^${BEL}${ESC}\n]{0,2048}(?:${BEL}|${ESC}\\)`,
    '[()][0-9A-B]',
    '[=>78cDEHM]',
  ].join('|')})`,
  'g',
);
const CONTROL = /(?![\t\n])\p{Cc}/gu;
/** The kubelet's times are cut to whole seconds. */
const SLACK_MS = 1000;
/** An entry is at most 512 kB after JSON escaping; the rest of it needs little. */
const MAX_ESCAPED_BYTES = 420_000;
/** How far into a line cut at its start half a secret may reach. */
const HALF_SECRET = 1024;

/** Readable text of any bytes: broken UTF-8 shows as U+FFFD, control characters as `\xNN`, colours and NULs go. */
export function readable(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return text
    .replaceAll('\u0000', '')
    .replace(ANSI, '')
    .replace(/\r+\n/g, '\n')
    .replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Whole lines of a cut tail. Of one line longer than all that is kept, its timestamp and its end. */
function wholeLines(tail: Tail): string {
  const text = readable(tail.bytes);
  if (!tail.cut) return text;
  const newline = text.indexOf('\n');
  const rest = newline === -1 ? '' : text.slice(newline + 1);
  if (rest.trim() !== '') return rest;
  const line = newline === -1 ? text : text.slice(0, newline);
  const edge = line.slice(0, HALF_SECRET).search(/[\s"',;&]/);
  const timestamp = TIMESTAMP.exec(readable(tail.lastLineHead))?.[1];
  return `${timestamp ? `${timestamp} ` : ''}… ${line.slice(edge === -1 ? HALF_SECRET : edge + 1)}`;
}

function fit(text: string): { text: string; cut: boolean } {
  let kept = text;
  for (;;) {
    const escaped = Buffer.byteLength(JSON.stringify(kept));
    if (escaped <= MAX_ESCAPED_BYTES) return { text: kept, cut: kept.length < text.length };
    const shorter = kept
      .slice(-Math.floor((kept.length * MAX_ESCAPED_BYTES * 0.95) / escaped))
      .replace(/^[\udc00-\udfff]/, '');
    const newline = shorter.indexOf('\n');
    kept = newline !== -1 && newline < shorter.length - 1 ? shorter.slice(newline + 1) : shorter;
  }
}

/** Lines written outside of the instance's life belong to another instance. */
function lived(lines: readonly string[], life: Life): { foreign: boolean; earliest: number; latest: number } {
  const from = life.startedAt === null ? -Infinity : Date.parse(life.startedAt) - SLACK_MS;
  const to = life.finishedAt === null ? Infinity : Date.parse(life.finishedAt) + SLACK_MS;
  let earliest = Infinity;
  let latest = -Infinity;
  let foreign = false;
  for (const line of lines) {
    const at = Date.parse(TIMESTAMP.exec(line)?.[1] ?? '');
    if (Number.isNaN(at)) continue;
    earliest = Math.min(earliest, at);
    latest = Math.max(latest, at);
    foreign ||= at < from || at > to;
  }
  return { foreign, earliest, latest };
}

/**
 * Judges a log's tail against the life of the instance that is meant, and makes the redacted text of it. Statuses:
 * caught, empty, gone (the kubelet says so in the body), mismatch (another instance's lines).
 */
export function judgeLog(tail: Tail, life: Life, options: { redact: Redact; tailLines: number }): Judged {
  const raw = wholeLines(tail);
  const lines = raw.split('\n').filter((line) => line !== '');
  if (lines.length === 0)
    return { ...without('empty', 'the instance wrote nothing'), ambiguous: true, latest: -Infinity };
  if (lines.every((line) => KUBELET_SAYS_GONE.test(line))) {
    return {
      ...without('gone', options.redact(lines[0]?.slice(0, 500) ?? '').text),
      ambiguous: false,
      latest: -Infinity,
    };
  }
  const { foreign, earliest, latest } = lived(lines, life);
  if (foreign)
    return { ...without('mismatch', 'the lines are of another instance of the container'), ambiguous: false, latest };
  const redacted = options.redact(lines.join('\n'));
  const { text, cut } = fit(redacted.text);
  return {
    status: 'caught',
    detail: '',
    text,
    lines: text.split('\n').length,
    bytes: Buffer.byteLength(text),
    truncated: tail.cut || cut || lines.length >= options.tailLines,
    redactions: redacted.count,
    ambiguous: life.finishedAt === null || earliest >= Date.parse(life.finishedAt),
    latest,
  };
}
