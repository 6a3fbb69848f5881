/** A condition on one label, as in PromQL. The metric's name is label `__name__`. */
export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** What one series has in common: all of them hold. */
export type Selector = readonly Matcher[];

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** The selector in PromQL: `{__name__="up",job=~"a|b"}`. */
export const selectorText = (selector: Selector): string =>
  `{${selector.map(({ name, op, value }) => `${name}${op}${quote(value)}`).join(',')}}`;
