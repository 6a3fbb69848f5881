const MASK = '[redacted:private-key]';
/** No key block is longer; an END further away belongs to another. */
const MAX_BLOCK = 65_536;
const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A line of a key's body, behind a log line's timestamp or not. */
const BODY_LINE = /^(?:\d{4}-\d\d-\d\dT\S{8,40} )?[ \t]{0,16}[A-Za-z0-9+/]{16,128}={0,2}[ \t\r]{0,4}$/;

function bodyLinesAfter(text: string, from: number): number {
  let end = from;
  while (text[end] === '\n') {
    const next = text.indexOf('\n', end + 1);
    const stop = next === -1 ? text.length : next;
    if (stop - end > 256 || !BODY_LINE.test(text.slice(end + 1, stop))) break;
    end = stop;
  }
  return end;
}

function bodyLinesBefore(text: string, lineStart: number, floor: number): number {
  let start = lineStart;
  while (start > floor) {
    const previous = Math.max(text.lastIndexOf('\n', start - 2) + 1, floor);
    if (start - previous > 257 || !BODY_LINE.test(text.slice(previous, start - 1))) break;
    start = previous;
  }
  return start;
}

/** Masks PEM private keys: whole ones, ones whose end was cut off, and ones whose beginning was. One pass. */
export function maskPrivateKeys(text: string): { text: string; count: number } {
  if (!text.includes('PRIVATE KEY')) return { text, count: 0 };
  const begins = [...text.matchAll(BEGIN)];
  const ends = [...text.matchAll(END)];
  const parts: string[] = [];
  let at = 0;
  let nextBegin = 0;
  let count = 0;
  const mask = (from: number, to: number): void => {
    parts.push(text.slice(at, from), MASK);
    at = to;
    count += 1;
  };
  for (const end of ends) {
    const endStops = end.index + end[0].length;
    let masked = false;
    for (let begin = begins[nextBegin]; begin && begin.index < end.index; begin = begins[nextBegin]) {
      nextBegin += 1;
      if (begin.index < at) continue;
      const near = end.index - begin.index <= MAX_BLOCK;
      mask(begin.index, near ? endStops : bodyLinesAfter(text, begin.index + begin[0].length));
      masked ||= near;
    }
    if (!masked && end.index >= at) {
      const lineStart = Math.max(text.lastIndexOf('\n', end.index) + 1, at);
      mask(bodyLinesBefore(text, lineStart, at), endStops);
    }
  }
  for (const begin of begins.slice(nextBegin)) {
    if (begin.index >= at) mask(begin.index, bodyLinesAfter(text, begin.index + begin[0].length));
  }
  parts.push(text.slice(at));
  return { text: parts.join(''), count };
}
