/** The little of ClickHouse's lexical grammar that is needed to cut a text into statements and to bind values. */

const isQuote = (char: string): boolean => char === "'" || char === '"' || char === '`';

/** The position after the quoted text that begins at `start`; a backslash escapes, a doubled quote is caught by the next call. */
function endOfQuoted(sql: string, start: number): number {
  const quote = sql[start];
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++;
    else if (sql[at] === quote) return at + 1;
  }
  return sql.length;
}

/** The position after the comment that begins at `at`, or `at` where none begins. Block comments nest. */
function endOfComment(sql: string, at: number): number {
  if (sql.startsWith('--', at) || sql.startsWith('# ', at) || sql.startsWith('#!', at)) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end;
  }
  if (!sql.startsWith('/*', at)) return at;
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i)) [depth, i] = [depth + 1, i + 1];
    else if (sql.startsWith('*/', i)) {
      [depth, i] = [depth - 1, i + 1];
      if (depth === 0) return i + 1;
    }
  }
  return sql.length;
}

/** The text with each comment replaced by a space; quoted text stays as it is. */
function withoutComments(sql: string): string {
  let out = '';
  for (let at = 0; at < sql.length;) {
    const comment = endOfComment(sql, at);
    if (comment > at) {
      out += ' ';
      at = comment;
    } else {
      const end = isQuote(sql[at]!) ? endOfQuoted(sql, at) : at + 1;
      out += sql.slice(at, end);
      at = end;
    }
  }
  return out;
}

/** Cuts a script at the semicolons that are outside of quotes and comments. Comments are dropped, empty statements too. */
export function splitStatements(script: string): string[] {
  const sql = withoutComments(script);
  const statements: string[] = [];
  let start = 0;
  for (let at = 0; at < sql.length;) {
    if (sql[at] === ';') {
      statements.push(sql.slice(start, at));
      start = ++at;
    } else at = isQuote(sql[at]!) ? endOfQuoted(sql, at) : at + 1;
  }
  statements.push(sql.slice(start));
  return statements.map((statement) => statement.trim()).filter(Boolean);
}

/** A string as a ClickHouse literal. */
export const literal = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A name as ClickHouse reads it whatever characters it has. */
export const identifier = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

const TSV_ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
};

const escapeTsv = (text: string): string => text.replace(/[\\\t\n\r\0\b\f]/g, (char) => TSV_ESCAPES[char]!);
/** A number or a truth value in words. Throws TypeError for what cannot be bound. */
function plain(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  throw new TypeError(`a ${typeof value} cannot be bound`);
}
const quoted = (text: string): string => `'${escapeTsv(text).replaceAll("'", "\\'")}'`;

function nestedParam(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Date) return quoted(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(nestedParam).join(',')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, each]) => `${quoted(key)}:${nestedParam(each)}`);
    return `{${pairs.join(',')}}`;
  }
  return plain(value);
}

/** A value as a bound parameter travels: escaped as in a tab-separated field, as the HTTP interface's `param_x` is. */
export function boundParam(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'string') return escapeTsv(value);
  if (value instanceof Date) return escapeTsv(value.toISOString());
  return typeof value === 'object' ? nestedParam(value) : plain(value);
}

/** An INSERT whose data comes apart from its text: what stands before FORMAT, its SETTINGS clause, and the format. */
export interface InsertHead {
  readonly into: string;
  readonly settings: string;
  readonly format: string;
}

const INSERT = /^\s*INSERT\s+INTO\b/i;

/** Reads `INSERT INTO t (…) [SETTINGS …] [FORMAT f | VALUES]` with nothing behind it; null for any other statement. */
export function parseInsertHead(text: string): InsertHead | null {
  const sql = withoutComments(text).trim().replace(/;$/, '').trimEnd();
  if (!INSERT.test(sql) || /\bSELECT\b|\bWITH\b|\bFROM\s+INFILE\b/i.test(sql)) return null;
  const match = /^([\s\S]*?)(\s+SETTINGS\s[\s\S]*?)?(?:\s+FORMAT\s+(\w+)|[\s)]VALUES|$)$/i.exec(sql);
  if (!match) return null;
  const closing = /\)VALUES$/i.test(sql) ? ')' : '';
  return { into: match[1]! + closing, settings: match[2] ?? '', format: match[3] ?? 'Values' };
}

/** Where the data begins in a body that holds `INSERT … FORMAT f` and then data; -1 where it is no such thing. */
export function insertDataOffset(head: string): number {
  if (!INSERT.test(withoutComments(head.slice(0, 4096)))) return -1;
  const match = /\sFORMAT\s+\w+[ \t]*(?:\r?\n|[ \t;]|$)/i.exec(head);
  if (!match || /\bSELECT\b|\bVALUES\b/i.test(head.slice(0, match.index))) return -1;
  return match.index + match[0].length;
}

/** The format that the statement itself asks for, or null. */
export const formatClause = (sql: string): string | null =>
  /\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[^;]*)?;?\s*$/i.exec(withoutComments(sql))?.[1] ?? null;

/** Whether a statement leaves its connection as it was: one SELECT or INSERT, and nothing that sets or makes session state. */
export const leavesNoTrace = (sql: string): boolean => {
  const text = withoutComments(sql).trim().replace(/;$/, '');
  return /^(?:SELECT|WITH|INSERT|\()/i.test(text) && !text.includes(';');
};

/** Whether the engine can stream the statement's result. */
export const isSelect = (sql: string): boolean => /^[\s(]*(?:SELECT|WITH)\b/i.test(withoutComments(sql));

/** Whether a statement has its result written to a file of the engine's machine, which its read-only mode lets pass. */
export function writesOutfile(sql: string): boolean {
  let words = '';
  const text = withoutComments(sql);
  for (let at = 0; at < text.length;) {
    const end = isQuote(text[at]!) ? endOfQuoted(text, at) : at + 1;
    words += end === at + 1 ? text[at] : "''";
    at = end;
  }
  return /\bINTO\s+OUTFILE\b/i.test(words);
}
