/** A series' labels, `__name__` among them. The same labels are mostly the same object: compare by it only to be faster. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Samples of one series, in order of time without repeats. The arrays are used again for the next series: what is
 * needed later must be copied before the promise of `onSeries` settles. Only the first `count` elements count.
 */
export interface Series {
  /** Which of the selectors asked for it; 0 for query_range. */
  readonly selector: number;
  readonly labels: Labels;
  readonly count: number;
  /** Milliseconds since the Unix epoch. */
  readonly times: Float64Array;
  /** NaN and the infinities may be among them. Stale markers read as NaN: see `isStale`. */
  readonly values: Float64Array;
  /** The same memory as `values`, 32 bits at a time: tells a stale marker from another NaN. */
  readonly words: Uint32Array;
  /** Whether any of the samples decoded for it was a stale marker; false spares the look at each. */
  readonly hasStale: boolean;
}

/** Called once a series and part of the range; when it returns a promise, nothing more is read until it settles. */
export type OnSeries = (series: Series) => Promise<void> | void;

/** What an answer was made of, counted. */
export interface ReadSummary {
  series: number;
  samples: number;
  /** Of the answers' bodies, as they came over the wire. */
  bytes: number;
  /** Dropped: the time was there already, in the same series. The first one to come is kept. */
  duplicates: number;
  /** Samples that came after a later one; they are put in order. */
  outOfOrder: number;
  /** Dropped: outside of the range asked for. Not those of a chunk that reaches over the range: servers send chunks whole. */
  outside: number;
  /** Skipped: chunks or series that are no floats, such as native histograms. */
  skipped: number;
  /** Requests that it took. */
  requests: number;
  /** What the server said besides, each text once. */
  warnings: string[];
}

export const emptySummary = (): ReadSummary => ({
  series: 0,
  samples: 0,
  bytes: 0,
  duplicates: 0,
  outOfOrder: 0,
  outside: 0,
  skipped: 0,
  requests: 0,
  warnings: [],
});

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Where a double's upper and lower 32 bits lie in `words`, from twice its index. */
export const HIGH = littleEndian ? 1 : 0;
export const LOW = 1 - HIGH;

/** Upper and lower 32 bits of the NaN that ends a series (Prometheus model/value/value.go, StaleNaN). */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 2;

/** Whether the sample at `index` is a stale marker: the series has ended there. */
export const isStale = (words: Uint32Array, index: number): boolean =>
  words[2 * index + HIGH] === STALE_HIGH && words[2 * index + LOW] === STALE_LOW;
