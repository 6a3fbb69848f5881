import type { Labels } from '../series.ts';
import {
  ARITHMETIC,
  COMPARISONS,
  QueryError,
  type Aggregation,
  type BinaryOperator,
  type Grouping,
} from './expression.ts';

/** Values at the steps; null where there is none. */
export interface Line {
  readonly labels: Labels;
  readonly values: (number | null)[];
}

export const withoutName = (labels: Labels): Labels => labels.filter(([name]) => name !== '__name__');
export const keyOf = (labels: Labels): string => JSON.stringify(labels);

function kept(labels: Labels, { without, labels: named }: Grouping): Labels {
  return labels.filter(([name]) => (without ? name !== '__name__' && !named.includes(name) : named.includes(name)));
}

const AGGREGATE: Readonly<Record<Aggregation, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max: (values) => values.reduce((best, value) => Math.max(best, value)),
  min: (values) => values.reduce((best, value) => Math.min(best, value)),
  count: (values) => values.length,
  group: () => 1,
};

/** Throws QueryError for a set operator. */
export function compute(operator: BinaryOperator, a: number, b: number): number | boolean {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    case '>=':
      return a >= b;
    default:
      throw new QueryError(`set operator ${JSON.stringify(operator)} not allowed in binary scalar expression`);
  }
}

/** One line a group of labels. */
export function aggregate(call: Aggregation, grouping: Grouping, of: Line[]): Line[] {
  const groups = new Map<string, { labels: Labels; members: Line[] }>();
  for (const line of of) {
    const labels = kept(line.labels, grouping);
    const group = groups.get(keyOf(labels)) ?? { labels, members: [] };
    group.members.push(line);
    groups.set(keyOf(labels), group);
  }
  return [...groups.values()].map(({ labels, members }) => ({
    labels,
    values: (members[0]?.values ?? []).map((_, i) => {
      const present = members.flatMap(({ values }) => values[i] ?? []);
      return present.length > 0 ? AGGREGATE[call](present) : null;
    }),
  }));
}

/** With one label made of another, as PromQL's label_replace has it: a line that `pattern` does not fit stays as it is. */
export function replaceLabel(
  of: Line[],
  { target, replacement, source, pattern }: { target: string; replacement: string; source: string; pattern: RegExp },
): Line[] {
  const replaced = of.map(({ labels, values }) => {
    const fits = pattern.exec(labels.find(([name]) => name === source)?.[1] ?? '');
    if (!fits) return { labels, values };
    const value = replacement.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) =>
      whole === '$$' ? '$' : groupOf(fits, braced ?? bare ?? ''),
    );
    const others = labels.filter(([name]) => name !== target);
    const own: Labels = value === '' ? [] : [[target, value]];
    return { labels: [...others, ...own].toSorted(([a], [b]) => (a < b ? -1 : 1)), values };
  });
  if (new Set(replaced.map(({ labels }) => keyOf(labels))).size < replaced.length) {
    throw new QueryError('vector cannot contain metrics with the same labelset', 'execution');
  }
  return replaced;
}

/** What a group of Go's regexp.Expand stands for: '' where there is none. */
const groupOf = (fits: RegExpExecArray, name: string): string =>
  (/^\d+$/.test(name) ? fits[Number(name)] : fits.groups?.[name]) ?? '';

/** Each value with a number; a comparison keeps the values for which it holds. */
export function ofScalar(operator: BinaryOperator, of: Line[], scalar: number, scalarFirst: boolean): Line[] {
  const filters = (COMPARISONS as readonly string[]).includes(operator);
  return of.map(({ labels, values }) => ({
    labels: filters ? labels : withoutName(labels),
    values: values.map((value) => {
      if (value === null) return null;
      const result = scalarFirst ? compute(operator, scalar, value) : compute(operator, value, scalar);
      return typeof result === 'number' ? result : result ? value : null;
    }),
  }));
}

const grouped = (lines: readonly Line[], keyed: (line: Line) => string): Map<string, Line[]> =>
  Map.groupBy(lines, keyed);

/** `a operator b` of two vectors, matched one to one by their labels. Throws QueryError where more than one fits. */
export function ofVectors(operator: BinaryOperator, left: Line[], right: Line[], matching: Grouping | null): Line[] {
  const signature = ({ labels }: Line) => keyOf(kept(labels, matching ?? { without: true, labels: [] }));
  const others = grouped(right, signature);
  if (operator === 'or') return unite(left, right, signature);
  if (operator === 'and' || operator === 'unless') {
    return left.map((line) => ({
      labels: line.labels,
      values: line.values.map((value, i) => {
        const there = others.get(signature(line))?.some(({ values }) => values[i] !== null) ?? false;
        return there === (operator === 'and') ? value : null;
      }),
    }));
  }
  const arithmetic = (ARITHMETIC as readonly string[]).includes(operator);
  return left.map((line) => {
    const partners = others.get(signature(line)) ?? [];
    const named = arithmetic ? withoutName(line.labels) : line.labels;
    return {
      labels: matching && !matching.without ? kept(line.labels, matching) : named,
      values: line.values.map((value, i) => {
        const present = partners.flatMap(({ values }) => values[i] ?? []);
        return value === null || present.length === 0 ? null : pair(operator, value, present);
      }),
    };
  });
}

function pair(operator: BinaryOperator, value: number, [other = NaN, ...more]: readonly number[]): number | null {
  if (more.length > 0) {
    throw new QueryError(
      'found duplicate series for the match group on the right hand-side of the operation; many-to-many matching not allowed',
      'execution',
    );
  }
  const result = compute(operator, value, other);
  return typeof result === 'number' ? result : result ? value : null;
}

/** All of the left, and of the right what fits nothing there. */
function unite(left: readonly Line[], right: readonly Line[], signature: (line: Line) => string): Line[] {
  const own = grouped(left, signature);
  const more = right.map((line) => ({
    labels: line.labels,
    values: line.values.map((value, i) =>
      own.get(signature(line))?.some(({ values }) => values[i] !== null) ? null : value,
    ),
  }));
  const byLabels = grouped([...left, ...more], ({ labels }) => keyOf(labels));
  return [...byLabels.values()].map(([first, ...rest]) => ({
    labels: first?.labels ?? [],
    values: (first?.values ?? []).map(
      (value, i) => value ?? rest.find(({ values }) => values[i] !== null)?.values[i] ?? null,
    ),
  }));
}
