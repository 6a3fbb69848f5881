import { AppError } from '../../../platform/errors.ts';
import { HIGH, LOW, STALE_HIGH, STALE_LOW, type Labels, type ReadSummary, type Series } from './series.ts';

/** Samples that one series may have in one answer: 256 MB of them. */
const MOST_SAMPLES = 1 << 24;

/** The samples of one series after the other, in memory that is used again. */
export class SeriesBuffer {
  times = new Float64Array(1024);
  values = new Float64Array(1024);
  words = new Uint32Array(this.values.buffer);
  length = 0;
  /** Time of the last sample, -Infinity at first. */
  lastTime = Number.NEGATIVE_INFINITY;
  /** Samples whose time is not after the one before. */
  disorder = 0;
  outside = 0;
  hasStale = false;

  clear(): void {
    this.length = 0;
    this.lastTime = Number.NEGATIVE_INFINITY;
    this.disorder = 0;
    this.outside = 0;
    this.hasStale = false;
  }

  /** Makes room for `more` samples. Throws `prometheus_too_much` where one series is beyond all measure. */
  reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.times.length) return;
    if (wanted > MOST_SAMPLES)
      throw new AppError('prometheus_too_much', 'one series has too many samples for one range');
    const capacity = Math.max(wanted, this.times.length * 2);
    const times = new Float64Array(capacity);
    const words = new Uint32Array(capacity * 2);
    times.set(this.times.subarray(0, this.length));
    words.set(this.words.subarray(0, this.length * 2));
    this.times = times;
    this.words = words;
    this.values = new Float64Array(words.buffer);
  }

  /** Adds a sample by its bits; what lies outside of the range is counted. */
  add(time: number, high: number, low: number, fromMs: number, toMs: number): void {
    if (time < fromMs || time > toMs) {
      this.outside += 1;
      return;
    }
    this.reserve(1);
    if (time <= this.lastTime) this.disorder += 1;
    this.lastTime = time;
    this.times[this.length] = time;
    this.words[2 * this.length + HIGH] = high;
    this.words[2 * this.length + LOW] = low;
    if (high === STALE_HIGH && low === STALE_LOW) this.hasStale = true;
    this.length += 1;
  }

  /** Adds a sample by its value: a NaN of any kind becomes a plain one. */
  addNumber(time: number, value: number, fromMs: number, toMs: number): void {
    const at = this.length;
    this.add(time, 0, 0, fromMs, toMs);
    if (this.length > at) this.values[at] = value;
  }

  /** Puts the samples in order, the first of each time kept, counts into the summary, and gives them out. */
  finish(selector: number, labels: Labels, summary: ReadSummary): Series {
    if (this.disorder > 0) this.#sort(summary);
    summary.outside += this.outside;
    summary.samples += this.length;
    if (this.length > 0) summary.series += 1;
    return {
      selector,
      labels,
      count: this.length,
      times: this.times,
      values: this.values,
      words: this.words,
      hasStale: this.hasStale,
    };
  }

  #sort(summary: ReadSummary): void {
    const { times, words, length } = this;
    let latest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < length; i += 1) {
      const time = times[i]!;
      if (time < latest) summary.outOfOrder += 1;
      else latest = time;
    }
    const order = Uint32Array.from({ length }, (_, index) => index).sort((a, b) => times[a]! - times[b]! || a - b);
    const sortedTimes = new Float64Array(length);
    const sortedWords = new Uint32Array(length * 2);
    let kept = 0;
    for (const index of order) {
      const time = times[index]!;
      if (kept > 0 && sortedTimes[kept - 1] === time) continue;
      sortedTimes[kept] = time;
      sortedWords[2 * kept] = words[2 * index]!;
      sortedWords[2 * kept + 1] = words[2 * index + 1]!;
      kept += 1;
    }
    summary.duplicates += length - kept;
    times.set(sortedTimes.subarray(0, kept));
    words.set(sortedWords.subarray(0, 2 * kept));
    this.length = kept;
  }
}
