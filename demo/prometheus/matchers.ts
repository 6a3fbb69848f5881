import type { Labels } from './series.ts';

export const OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Matcher {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
  fits(value: string): boolean;
}

/** A matcher as Prometheus has it: expressions are anchored, and a label that is not there is empty. Throws SyntaxError on a bad expression. */
export function matcher(name: string, operator: Operator, value: string): Matcher {
  if (operator === '=') return { name, operator, value, fits: (each) => each === value };
  if (operator === '!=') return { name, operator, value, fits: (each) => each !== value };
  const pattern = new RegExp(`^(?:${value})$`, 's');
  const wanted = operator === '=~';
  return { name, operator, value, fits: (each) => pattern.test(each) === wanted };
}

export const labelOf = (labels: Labels, name: string): string => {
  for (const [key, value] of labels) if (key === name) return value;
  return '';
};

export const matches = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every(({ name, fits }) => fits(labelOf(labels, name)));
