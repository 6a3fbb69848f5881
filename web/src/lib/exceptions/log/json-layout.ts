/** A line longer than this is not laid out: nobody would read it, and the page would wait for it. */
const LAID_OUT_MAX = 100_000;
/** Nothing that was written to be read is nested deeper. */
const DEPTH_MAX = 200;
/** Deeper levels stand no further to the right than this one. */
const INDENTED_MAX = 40;
/** As many lines are laid out; a last line `…` says that there is more. */
export const LAID_OUT_LINES_MAX = 2_000;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Whether the brackets outside of strings never stand deeper than the limit. Goes through the text once, JSON or not. */
function isShallow(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    else if (quoted) at += sign === '\\' ? 1 : 0;
    else if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
    if (depth > DEPTH_MAX) return false;
  }
  return true;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** Whether the line looks like JSON: for offering to lay it out, without parsing every line. */
export const mayBeJson = (text: string): boolean =>
  text.length <= LAID_OUT_MAX && /^\s*\{.*\}\s*$/s.test(text) && text.trim().length > 2;

/**
 * A line of JSON as several, two spaces a level up to a limit. Only white space changes: numbers, escapes and the order of
 * keys stay as they were written. null where the text is no object or list, is too long, or nested too deeply.
 */
export function layOutJson(text: string): string[] | null {
  if (text.length > LAID_OUT_MAX || !isShallow(text) || !isJson(text)) return null;
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  const newLine = (): void => {
    lines.push(line);
    line = '  '.repeat(Math.min(depth, INDENTED_MAX));
  };
  const tokens = text.match(TOKEN) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (lines.length >= LAID_OUT_LINES_MAX) return [...lines, '…'];
    if (token === '{' || token === '[') {
      depth++;
      line += token;
      if (!/^[}\]]$/.test(tokens[index + 1] ?? '')) newLine();
    } else if (token === '}' || token === ']') {
      depth--;
      const before = tokens[index - 1];
      if (before !== '{' && before !== '[') newLine();
      line += token;
    } else {
      line += token === ':' ? ': ' : token;
      if (token === ',') newLine();
    }
  }
  return [...lines, line];
}
