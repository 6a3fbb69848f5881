const MOST_CHARACTERS = 300;

/** A message as it is kept and told: one line, not too long, without the full stop of a sentence of its own. */
export function shortMessage(message: string | undefined): string {
  const line = (message ?? '')
    .slice(0, 4 * MOST_CHARACTERS)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[.\s]+$/, '')
    .trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).toWellFormed()}…` : line;
}
