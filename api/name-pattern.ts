/**
 * Whether a name is what the pattern tells of: a name, `*` for any characters. Each part between two `*` is looked for once, from the
 * left: the first place that is found leaves the most for those after it, so there is no going back.
 */
export function createMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first)) return false;
    let from = first.length;
    for (const part of parts) {
      const at = name.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return name.length - last.length >= from && name.endsWith(last);
  };
}
