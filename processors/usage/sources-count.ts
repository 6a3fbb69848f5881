import { selectorsOf, type Candidate } from './measures-candidate.ts';
import type { Matcher } from './prometheus/matchers.ts';
import type { Labels } from './prometheus/series.ts';
import { quoted, selectorText } from './selector.ts';

/** What finding the sources needs of a Prometheus client: the instant vector that an expression is at `atMs`. */
export interface AskPrometheus {
  query(
    expression: string,
    atMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly samples: readonly { readonly labels: Labels; readonly value: number }[] }>;
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
