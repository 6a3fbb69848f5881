import { selectorsOf, type Candidate } from './measures-candidate.ts';
import type { Matcher, Selector } from './prometheus/matchers.ts';
import type { Labels } from './prometheus/series.ts';
import { matchersText, quoted, selectorText } from './selector.ts';

/** What finding the sources needs of a Prometheus client: the instant vector that an expression is at `atMs`. */
export interface AskPrometheus {
  query(
    expression: string,
    atMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly samples: readonly { readonly labels: Labels; readonly value: number }[] }>;
  /** Values of a label over the series that match one of the selectors and may have samples in the range; the cluster's own alone. */
  labelValues(
    label: string,
    selectors: readonly Selector[],
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<readonly string[]>;
}

const NAME = '__name__';
const nameIn = (selector: Selector): string => selector.find(({ name }) => name === NAME)?.value ?? '';
const restOf = (selector: Selector): Selector => selector.filter(({ name }) => name !== NAME);
const namesOf = (candidates: readonly Candidate[]): string[] => [
  ...new Set(candidates.flatMap(({ selectors }) => [...selectors].map(nameIn))),
];

/**
 * Which candidates may have samples in the range. The index is asked, over the whole range, and no samples: what was there for a
 * minute between two instants is found, and what was there shortly before may be too. First for the metrics' names alone, of which
 * most servers lack most; then for those that are there by their labels.
 */
export async function presentCandidates(
  options: { prometheus: AskPrometheus; fromMs: number; toMs: number; signal?: AbortSignal },
  candidates: readonly Candidate[],
): Promise<Set<Candidate>> {
  const { prometheus, fromMs, toMs, signal } = options;
  const namesWith = async (names: readonly string[], rest: Selector): Promise<ReadonlySet<string>> => {
    const selector: Selector = [{ name: NAME, op: '=~', value: names.join('|') }, ...rest];
    return new Set(await prometheus.labelValues(NAME, [selector], fromMs, toMs, signal));
  };
  const hasNames = ({ selectors }: Candidate, names: ReadonlySet<string>): boolean =>
    [...selectors].every((selector) => names.has(nameIn(selector)));
  if (candidates.length === 0) return new Set();
  const known = await namesWith(namesOf(candidates), []);
  const possible = candidates.filter((candidate) => hasNames(candidate, known));
  const alike = Map.groupBy(possible, ({ selectors: [first] }) => matchersText(restOf(first)));
  const present = await Promise.all(
    [...alike.values()].map(async (group) => {
      const names = await namesWith(namesOf(group), restOf(group[0]!.selectors[0]));
      return group.filter((candidate) => hasNames(candidate, names));
    }),
  );
  return new Set(present.flat());
}

/** VictoriaMetrics takes 16 KiB of PromQL unless told otherwise; this leaves room for the escapes of a request. */
const MOST_CHARACTERS = 6_000;
const LABEL = 'candidate';

/**
 * How many series each candidate has at an instant, asked for many at a time; those that have none are not in what comes back. Of a
 * share, the series of what is divided are counted.
 */
export async function countSeries(
  options: { prometheus: AskPrometheus; matchers: readonly Matcher[]; signal?: AbortSignal },
  candidates: readonly Candidate[],
  atMs: number,
): Promise<Map<Candidate, number>> {
  const counts = new Map<Candidate, number>();
  for (const expression of countExpressions(candidates, options.matchers)) {
    const { samples } = await options.prometheus.query(expression, atMs, options.signal);
    for (const { labels, value } of samples) {
      const candidate = candidates[Number(labels[LABEL] ?? Number.NaN)];
      if (candidate && value > 0) counts.set(candidate, value);
    }
  }
  return counts;
}

/** PromQL that tells each candidate's count by its place; several where one would be too long. */
export function countExpressions(candidates: readonly Candidate[], matchers: readonly Matcher[]): string[] {
  const expressions: string[] = [];
  for (const [place, candidate] of candidates.entries()) {
    const [selector] = selectorsOf(candidate, matchers);
    if (!selector) continue;
    const count = `label_replace(count(${selectorText(selector)}), ${quoted(LABEL)}, "${place}", "", "")`;
    const last = expressions.at(-1);
    if (last !== undefined && last.length + count.length < MOST_CHARACTERS) {
      expressions[expressions.length - 1] = `${last} or ${count}`;
    } else expressions.push(count);
  }
  return expressions;
}
