/** A line longer than this is not laid out: nobody would read it, and the page would wait for it. */
const LAID_OUT_MAX = 100_000;

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
 * A line of JSON over several lines, two spaces a level. Only white space changes: numbers, escapes and the order of keys
 * stay as they were written. null where the text is no object or list.
 */
export function layOutJson(text: string): string | null {
  if (text.length > LAID_OUT_MAX || !isJson(text)) return null;
  let depth = 0;
  const newLine = (): string => `\n${'  '.repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  return tokens
    .map((token, index) => {
      const before = tokens[index - 1];
      if (token === ',') return `,${newLine()}`;
      if (token === ':') return ': ';
      if (token === '{' || token === '[') {
        depth++;
        return /^[}\]]$/.test(tokens[index + 1] ?? '') ? token : token + newLine();
      }
      if (token !== '}' && token !== ']') return token;
      depth--;
      return before === '{' || before === '[' ? token : newLine() + token;
    })
    .join('');
}
