/** Sorted by name, with `__name__`. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** Times in milliseconds since the Unix epoch, rising. NaN as a value is a stale marker: no metric here is ever not a number. */
export interface Samples {
  readonly times: number[];
  readonly values: number[];
}

export interface Series {
  readonly labels: Labels;
  /** All samples in [from, to]. */
  read(from: number, to: number): Samples;
}

/** When a target is scraped: at `offsetMs` past every whole interval. */
export interface Ticks {
  readonly everyMs: number;
  readonly offsetMs: number;
  /** Where the target tells itself when it took a sample: how long before the scrape. Prometheus ends no such series by a marker. */
  readonly lag?: Lag;
}

interface Lag {
  /** Less than the interval. */
  readonly mostMs: number;
  at(scrapeMs: number): number;
}

/** A time in which a series is told at every scrape; `to` null: it still is. */
export interface Told {
  readonly from: number;
  readonly to: number | null;
  valueAt(ms: number): number;
}

export const firstTickFrom = (ms: number, { everyMs, offsetMs }: Ticks): number =>
  Math.ceil((ms - offsetMs) / everyMs) * everyMs + offsetMs;

export const labelsOf = (labels: Readonly<Record<string, string>>): Labels =>
  Object.entries(labels)
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

/**
 * A sample at each scrape of each time, and, unless samples have times of their own, a stale marker at the first scrape after it where
 * the next one does not go on.
 */
export function seriesOf(
  labels: Readonly<Record<string, string>>,
  ticks: Ticks,
  told: readonly Told[],
  now: number,
): Series {
  return {
    labels: labelsOf(labels),
    read(from, to) {
      const times: number[] = [];
      const values: number[] = [];
      const last = Math.min(to, now);
      const { lag } = ticks;
      told.forEach((span, i) => {
        const first = firstTickFrom(span.from, ticks);
        const end = span.to ?? Infinity;
        if (first >= end) return;
        const stop = Math.min(end - 1, now, to + (lag?.mostMs ?? 0));
        for (let t = Math.max(first, firstTickFrom(from, ticks)); t <= stop; t += ticks.everyMs) {
          // A life may begin between two milliseconds.
          const taken = lag ? Math.max(Math.ceil(span.from), t - lag.at(t)) : t;
          if (taken < from || taken > to) continue;
          times.push(taken);
          values.push(span.valueAt(taken));
        }
        if (span.to === null || lag) return;
        const missed = firstTickFrom(end, ticks);
        const goesOn = told.slice(i + 1).some((next) => next.from <= missed && missed < (next.to ?? Infinity));
        if (missed < from || missed > last || goesOn) return;
        times.push(missed);
        values.push(NaN);
      });
      return { times, values };
    },
  };
}

/** What is left of a time without others. */
export function without(told: readonly Told[], holes: readonly { from: number; to: number | null }[]): Told[] {
  let left = [...told];
  for (const hole of holes) {
    const holeEnd = hole.to ?? Infinity;
    left = left.flatMap((span) => {
      const end = span.to ?? Infinity;
      if (hole.from >= end || holeEnd <= span.from) return [span];
      return [
        ...(span.from < hole.from ? [{ ...span, to: hole.from }] : []),
        ...(holeEnd < end ? [{ ...span, from: holeEnd }] : []),
      ];
    });
  }
  return left;
}
