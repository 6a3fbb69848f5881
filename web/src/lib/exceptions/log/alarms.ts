/** `error`: it says that something went wrong. `frame`: it goes on with the error above, as a stack trace does. */
export type LineKind = 'plain' | 'error' | 'frame';

export interface Alarms {
  readonly kinds: readonly LineKind[];
  /** Index of each line with which an error begins, in order. */
  readonly starts: readonly number[];
}

/** What comes later in a long line decides no longer. */
const READ_CHARACTERS = 400;

const LEVEL =
  /(?:^|[\s[({"'|:=<])(trace|debug|info|notice|warn|warning|error|err|fatal|panic|critical|crit|alert|emerg|severe)(?=$|[\s\])}"'|:=,>])/i;
const CALM = /^(?:trace|debug|info|notice|warn|warning)$/i;
/** klog's own head: the level's letter, month and day. */
const KLOG = /^([IWEF])\d{4} \d{2}:\d{2}/;
const ALARM =
  /\b(?:[A-Z]\w*(?:Error|Exception)|Traceback \(most recent|exception|panicked|unhandled|uncaught|segmentation fault|core dumped|out of memory|OOM|killed|aborted|assertion|failed|cannot)\b/i;
const FRAME =
  /^(?:\s+\S|Caused by: |goroutine \d+ \[|created by |[\w./*()\-[\]{}]+\([^)]*\)$|stack backtrace:|\[signal |During handling of the above|The above exception was|$)/;

/** Whether a line says of itself that it is an error: by its level where it has one, else by its words. */
export function isError(text: string): boolean {
  const head = text.slice(0, READ_CHARACTERS);
  const klog = KLOG.exec(head)?.[1];
  if (klog) return klog === 'E' || klog === 'F';
  const level = LEVEL.exec(head)?.[1];
  return level ? !CALM.test(level) : ALARM.test(head);
}

/** Which lines are errors, with the stack traces below them. `texts`: lines without terminal sequences. */
export function findAlarms(texts: readonly string[]): Alarms {
  const kinds: LineKind[] = [];
  const starts: number[] = [];
  texts.forEach((text, index) => {
    const goesOn = index > 0 && kinds[index - 1] !== 'plain';
    const head = text.slice(0, READ_CHARACTERS);
    const kind = goesOn && FRAME.test(head) ? 'frame' : isError(head) ? 'error' : 'plain';
    kinds.push(kind);
    if (kind === 'error' && !goesOn) starts.push(index);
  });
  return { kinds: withoutEmptyEnds(texts, kinds), starts };
}

/** An empty line is part of a trace only where the trace goes on below it. */
function withoutEmptyEnds(texts: readonly string[], kinds: LineKind[]): LineKind[] {
  for (let index = kinds.length - 1; index >= 0; index--) {
    if (kinds[index] === 'frame' && texts[index] === '' && (kinds[index + 1] ?? 'plain') === 'plain')
      kinds[index] = 'plain';
  }
  return kinds;
}
