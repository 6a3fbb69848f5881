import { QueryError } from './expression.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'duration' | 'operator' | 'end';
  readonly text: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

const PATTERNS: readonly (readonly [kind: Token['kind'] | null, pattern: RegExp])[] = [
  [null, /(?:\s+|#[^\n]*)/y],
  ['duration', /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  ['name', /[a-zA-Z_:][\w:]*/y],
  ['text', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y],
  ['operator', /=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}[\],:@]/y],
];

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/** `1h30m` in milliseconds; null where it is no duration. */
export function durationMs(text: string): number | null {
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) sum += Number(count) * (UNITS[unit] ?? 0);
  return sum;
}

/** Throws QueryError at what no token begins with. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  outer: while (at < query.length) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const text = pattern.exec(query)?.[0];
      if (!text) continue;
      if (kind) tokens.push({ kind, text, at });
      at += text.length;
      continue outer;
    }
    throw new QueryError(`1:${at + 1}: parse error: unexpected character: ${JSON.stringify(query[at])}`);
  }
  return [...tokens, { kind: 'end', text: 'end of input', at }];
}

/** What a quoted text says. */
export function unquote(text: string): string {
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return inner.replaceAll(/\\(.)/gs, (_whole, char: string) => escapes[char] ?? char);
}
