/**
 * Secrets that show by the name before them: `password=x`, `"api_key": "x"`, `token: x`, `--secret x`, `Password=x;`.
 * The name and the separator are found by a pattern, the value is read by hand, so the pass is linear.
 */
const PASSWORD = 'pass(?:word|wd|phrase|code)|pwd|requirepass|masterauth|(?<=[a-z0-9][_-])pass';
const OTHER =
  '(?:api|access|secret|private|account|shared|signing|encryption|master|auth|storage|shared[_-]?access)[_-]?key|secret|token|credentials?|sessionid|session[_-]id';
const KEY = new RegExp(
  String.raw`(?:(${PASSWORD})|${OTHER})(?:[_-]?(?:value|hash|b64|base64|\d{1,2}))?(\\{0,3}["'])?([ \t]{0,32}(?:=>|[:=：])[ \t]{0,32}|(?<=--[\w-]{1,64})[ \t]{1,4})(?![=])`,
  'gi',
);
const FLAG = new RegExp(String.raw`^--?(?:[\w-]*(?:${PASSWORD}|${OTHER})s?|(?:[\w-]*[_-])?pass)$`, 'i');
const HINTS = ['pass', 'masterauth', 'pwd', 'key', 'secret', 'token', 'credential', 'session'];
/** Not secrets, whatever their name. */
const PLAIN =
  /^(?:true|false|yes|no|null|nil|none|undefined|<nil>|\(?empty\)?|\*+|x{3,}|\[?redacted.*|\[redacted:[\w-]+)$/i;
const MAX_VALUE = 8192;
/** What may stand before a quoted value: a list's bracket, the prefix of a Python string. */
const OPENING = /(?:\[[ \t]{0,4})?(?:[bru]{1,2}(?=["']))?(?=\\{0,3}["'])/iy;
const UNQUOTED = /[^\s;&"'<>\\]{1,8192}/y;

interface Value {
  readonly from: number;
  readonly to: number;
  readonly quoted: boolean;
}

function readQuoted(text: string, from: number, escapes: number): Value {
  const quote = text[from];
  const start = from + 1;
  const limit = Math.min(text.length, start + MAX_VALUE);
  for (let i = start; i < limit; i += 1) {
    const char = text[i];
    if (char === '\n') return { from: start, to: i, quoted: true };
    if (char !== quote) continue;
    let slashes = 0;
    while (slashes < i - start && text[i - 1 - slashes] === '\\') slashes += 1;
    if (slashes <= escapes) return { from: start, to: i - slashes, quoted: true };
  }
  return { from: start, to: limit, quoted: true };
}

function readValue(text: string, from: number): Value | null {
  OPENING.lastIndex = from;
  let start = from + (OPENING.exec(text)?.[0].length ?? 0);
  const opened = start;
  while (start - opened < 3 && text[start] === '\\') start += 1;
  if (text[start] === '"' || text[start] === "'") return readQuoted(text, start, start - opened);
  UNQUOTED.lastIndex = from;
  const match = UNQUOTED.exec(text)?.[0].replace(/[,)}\]]{1,8}$/, '');
  return match ? { from, to: from + match.length, quoted: false } : null;
}

/** "invalid token: signature mismatch" tells of a token and shows none: letters only, after a colon, within a sentence. */
function isProse(text: string, keyFrom: number, separator: string, isPassword: boolean, value: Value): boolean {
  if (value.quoted || !/^[ \t]*:[ \t]+$/.test(separator)) return false;
  if (!/^[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[.,:!]?$/.test(text.slice(value.from, value.to))) return false;
  if (/^[.,:!]? {1,2}[A-Za-z]/.test(text.slice(value.to, value.to + 4))) return true;
  return !isPassword && /[A-Za-z] $/.test(text.slice(Math.max(0, keyFrom - 2), keyFrom));
}

function isPlain(text: string, key: string, keyFrom: number, value: Value): boolean {
  const content = text.slice(value.from, value.to);
  if (content === '' || content.startsWith('[redacted:') || PLAIN.test(content)) return true;
  if (/^\$[({][\w.-]{1,128}[)}]?$/.test(content)) return true;
  if (/^pwd/i.test(key) && content.startsWith('/')) return true;
  return (
    /^token/i.test(key) &&
    (/^\d{1,9}$/.test(content) || /^[^A-Za-z0-9]/.test(content) || /\d[_-]$/.test(text.slice(keyFrom - 2, keyFrom)))
  );
}

/** Where a value ends that is longer than what is looked at to judge it: at its quote or its line's end. */
function endOfLong(text: string, value: Value): number {
  if (value.to - value.from < MAX_VALUE) return value.to;
  const rest = value.quoted ? /["'\\\n]/g : /[\s;&"'<>\\]/g;
  rest.lastIndex = value.to;
  return rest.exec(text)?.index ?? text.length;
}

/** Whether a bare argument, `--password`, says that the next one is a secret. */
export const isSecretFlag = (argument: string): boolean => FLAG.test(argument);

/** Masks the values of names that say password, token, key, secret or credential. */
export function maskKeyValues(text: string, lower: string): { text: string; count: number } {
  if (!HINTS.some((hint) => lower.includes(hint))) return { text, count: 0 };
  const parts: string[] = [];
  let at = 0;
  let count = 0;
  KEY.lastIndex = 0;
  for (let match = KEY.exec(text); match; match = KEY.exec(text)) {
    const [whole, password, , separator = ''] = match;
    const value = readValue(text, match.index + whole.length);
    if (!value) continue;
    const isPassword = password !== undefined;
    if (isProse(text, match.index, separator, isPassword, value) || isPlain(text, whole, match.index, value)) {
      continue;
    }
    parts.push(text.slice(at, value.from), isPassword ? '[redacted:password]' : '[redacted:secret]');
    at = endOfLong(text, value);
    KEY.lastIndex = at;
    count += 1;
  }
  if (count === 0) return { text, count };
  parts.push(text.slice(at));
  return { text: parts.join(''), count };
}
