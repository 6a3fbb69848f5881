/** Values in one parameter, separated by commas; `\` escapes a comma or itself. The API reads the same. */
export const joinWords = (values: readonly string[]): string =>
  values.map((value) => value.replaceAll(/[\\,]/g, String.raw`\$&`)).join(',');

/** The values of a parameter, each once, in the order of their first mention. */
export const distinctWords = (text: string | null): string[] => [...new Set(splitWords(text))];

export function splitWords(text: string | null): string[] {
  if (!text) return [];
  const words = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return words.map((word) => word.replaceAll(/\\(.)/gs, '$1'));
}
