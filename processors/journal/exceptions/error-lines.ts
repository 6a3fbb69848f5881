/**
 * Picks from a log the few lines that say what went wrong, and masks in them what differs from pod to pod, so that the
 * same failure reads the same everywhere.
 */
const SCANNED_LINES = 300;
const KEPT_LINES = 4;
const READ_CHARACTERS = 600;
const KEPT_CHARACTERS = 240;

const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})\s?/;
const ANSI = new RegExp(`${String.fromCharCode(27)}[[][0-9;]*[A-Za-z]`, 'g');
const TYPE_LINE =
  /^(?:Caused by: |Exception in thread "[^"]*" |Uncaught |Unhandled )?(?:[\w$]+[.:]{1,2})*[A-Z][\w$]*(?:Error|Exception|Exit|Interrupt|Throwable|Warning)\b/;
const PANIC = /^(?:panic|fatal error|thread '.*' panicked|runtime error)\b/i;
const TRACEBACK = /^Traceback \(most recent call last\)/;
const FRAME = /^\s+(?:at |File |from )|^[\w./*()\-[\]]+\([^)]*\)$|^\s+\d+: /;
const ALARM =
  /\b(?:error|fatal|panic|panicked|exception|traceback|oom|out of memory|segmentation fault|assert(?:ion)?|failed|cannot|critical|killed|abort(?:ed)?)\b/i;

/** The last error of a log: its type line and innermost frames, else the last lines that sound of an error, else the last lines. */
export function errorLines(text: string): string[] {
  const lines = text
    .split('\n')
    .slice(-SCANNED_LINES - 1)
    .map((line) => line.slice(0, READ_CHARACTERS).replace(STAMP, '').replace(ANSI, '').trimEnd())
    .filter((line) => line.trim() !== '');
  return (lastException(lines) ?? lastAlarms(lines) ?? lines.slice(-KEPT_LINES + 1)).map((line) => line.trim());
}

function lastException(lines: readonly string[]): string[] | null {
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (TRACEBACK.test(line)) return pythonException(lines, at);
    if (!PANIC.test(line) && !TYPE_LINE.test(line)) continue;
    const traceback = tracebackAbove(lines, at);
    if (traceback !== null) return pythonException(lines, traceback);
    const frames = lines.slice(at + 1, at + 12).filter((next) => FRAME.test(next));
    return [line, ...frames.slice(0, KEPT_LINES - 1)];
  }
  return null;
}

/** A Python exception stands below its frames. */
function tracebackAbove(lines: readonly string[], at: number): number | null {
  for (let above = at - 1; above >= 0; above--) {
    const line = lines[above] ?? '';
    if (TRACEBACK.test(line)) return above;
    if (!/^\s/.test(line)) return null;
  }
  return null;
}

function pythonException(lines: readonly string[], traceback: number): string[] {
  let end = traceback + 1;
  while (end < lines.length && /^\s/.test(lines[end] ?? '')) end++;
  const frames = lines.slice(traceback + 1, end).filter((line) => /^\s+File /.test(line));
  return [lines[end] ?? lines[traceback] ?? '', ...frames.slice(-2).toReversed()];
}

function lastAlarms(lines: readonly string[]): string[] | null {
  const alarms = lines.filter((line) => ALARM.test(line)).slice(-2);
  return alarms.length > 0 ? alarms : null;
}

/** Masks times, ids, addresses, numbers, quoted values and pods' name suffixes. A line of JSON counts by its level and message. */
export function normaliseLine(line: string): string {
  return jsonMessage(line)
    .replace(POD_SUFFIX, '-<pod>')
    .replace(/\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/"(?:[^"\\]|\\.)*"|(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|`[^`]*`/g, '<value>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>')
    .replace(/\[?\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b\]?(?::\d+)?/gi, '<address>')
    .replace(/0x[0-9a-f]+/gi, '<hex>')
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{8,}\b/gi, '<hex>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, KEPT_CHARACTERS);
}

// Kubernetes' generated names use these letters and digits only: no vowels, no 0, 1, 3.
const POD_SUFFIX = /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;

function jsonMessage(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const json = JSON.parse(line) as Record<string, unknown>;
    const fields = [json['level'] ?? json['severity'], json['msg'] ?? json['message'], json['error'] ?? json['err']];
    const words = fields.filter((field) => typeof field === 'string');
    return words.length > 0 ? words.join(' ') : line;
  } catch {
    return line;
  }
}
