/** [from, to) in milliseconds. */
export type Span = readonly [from: number, to: number];

/** In order, apart from each other, none empty. */
export type Spans = readonly Span[];

const compareBegin = (a: Span, b: Span): number => a[0] - b[0];

const isOrdered = (intervals: readonly Span[]): boolean =>
  intervals.every((span, at) => at === 0 || intervals[at - 1]![0] <= span[0]);

/** What lies in any of the intervals, which may be empty, overlap and come in any order. */
export function toSpans(intervals: readonly Span[]): Spans {
  const spans: Span[] = [];
  let last: Span | undefined;
  for (const span of isOrdered(intervals) ? intervals : intervals.toSorted(compareBegin)) {
    if (span[0] >= span[1]) continue;
    if (last === undefined || span[0] > last[1]) spans.push((last = span));
    else if (span[1] > last[1]) spans[spans.length - 1] = last = [last[0], span[1]];
  }
  return spans;
}

/** What lies in either. A span that meets no other is taken as it is. */
function merge(a: Spans, b: Spans): Spans {
  const spans: Span[] = [];
  let [atA, atB] = [0, 0];
  let last: Span | undefined;
  while (atA < a.length || atB < b.length) {
    const isOfA = atB >= b.length || (atA < a.length && a[atA]![0] <= b[atB]![0]);
    const span = isOfA ? a[atA++]! : b[atB++]!;
    if (last === undefined || span[0] > last[1]) spans.push((last = span));
    else if (span[1] > last[1]) spans[spans.length - 1] = last = [last[0], span[1]];
  }
  return spans;
}

/** What lies in any of them. */
export function union(...all: readonly Spans[]): Spans {
  // Short ones first, so that a long one is gone through once.
  const some = all.filter(({ length }) => length > 0).toSorted((a, b) => a.length - b.length);
  return some.reduce((united, spans) => (united.length === 0 ? spans : merge(united, spans)), []);
}

/** The place of the first span, from `low` on, that ends after the instant. */
function firstEndingAfter(spans: Spans, instant: number, low = 0): number {
  let [first, last] = [low, spans.length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (spans[middle]![1] <= instant) first = middle + 1;
    else last = middle;
  }
  return first;
}

/** What lies in `spans` and in none of `others`. */
export function without(spans: Spans, others: Spans): Spans {
  if (spans.length === 0 || others.length === 0) return spans;
  const rest: Span[] = [];
  let next = 0;
  for (const span of spans) {
    const [from, to] = span;
    next = firstEndingAfter(others, from, next);
    if (next >= others.length || others[next]![0] >= to) {
      rest.push(span);
      continue;
    }
    let begin = from;
    for (let at = next; at < others.length && others[at]![0] < to; at++) {
      if (begin < others[at]![0]) rest.push([begin, others[at]![0]]);
      begin = others[at]![1];
    }
    if (begin < to) rest.push([begin, to]);
  }
  return rest;
}

/** What lies in both. */
export function common(a: Spans, b: Spans): Spans {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  return few.length === 0 ? [] : without(few, without(few, many));
}

/** How many milliseconds of [from, to) lie in the spans. */
export function lengthWithin(spans: Spans, from: number, to: number): number {
  let length = 0;
  for (let at = firstEndingAfter(spans, from); at < spans.length && spans[at]![0] < to; at++) {
    length += Math.min(to, spans[at]![1]) - Math.max(from, spans[at]![0]);
  }
  return length;
}
