import { AppError } from '../../../platform/errors.ts';
import type { SeriesBuffer } from './series-buffer.ts';
import { HIGH, LOW, STALE_HIGH, STALE_LOW } from './series.ts';

/** Bytes that must be readable behind a chunk's end: the longest sample is 68 + 13 + 64 bits, read by whole words. */
export const CHUNK_PADDING = 32;

const bad = (what: string): AppError => new AppError('prometheus_bad_answer', `a chunk of samples is broken: ${what}`);

/** The 32 bits from bit `at` on. */
const bitsAt = (view: DataView, at: number): number => {
  const byte = at >>> 3;
  const shift = at & 7;
  return (view.getInt32(byte) << shift) | (view.getUint8(byte + 4) >>> (8 - shift));
};

/** A negative number as a uvarint: 64 bits in two's complement. */
function negative(view: DataView, start: number, last: number): number {
  let complement = last - start === 9 ? 0 : Number.POSITIVE_INFINITY;
  for (let at = last; at >= start; at -= 1) {
    complement = complement * 128 + (~view.getUint8(at) & (at === start + 9 ? 1 : 0x7f));
  }
  if (complement > Number.MAX_SAFE_INTEGER) throw bad('its time is beyond all calendars');
  return -complement - 1;
}

/** Where `varint` ended. */
let varintEnd = 0;
function varint(view: DataView, start: number, end: number): number {
  let value = 0;
  let factor = 1;
  for (let at = start; at < end && at < start + 10; at += 1) {
    const byte = view.getUint8(at);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      varintEnd = at + 1;
      return value <= Number.MAX_SAFE_INTEGER ? value : negative(view, start, at);
    }
    factor *= 128;
  }
  throw bad('its first time does not end');
}

/**
 * Decodes the samples of an XOR chunk (Prometheus tsdb/chunkenc/xor.go, after Facebook's Gorilla) and adds those in
 * [fromMs, toMs] to `into`; at the first one behind toMs it stops, since a chunk is in order of time.
 * A chunk: number of samples (16 bits, big endian); first time (varint), first value (64 bits); second time's distance
 * (uvarint); then for each sample the change of the distance (0 | 10 + 14 | 110 + 17 | 1110 + 20 | 1111 + 64 bits) and
 * the value XORed with the one before (0 | 10 + the bits that changed last time | 11 + 5 bits leading zeros, 6 bits
 * length, the bits). The values' bits are kept as they are, NaN's too.
 * Bytes [start, end) of `view`, behind which CHUNK_PADDING more must be readable.
 * Throws `prometheus_bad_answer` when the count and the bits do not agree.
 */
export function decodeXorChunk(
  view: DataView,
  start: number,
  end: number,
  into: SeriesBuffer,
  fromMs: number,
  toMs: number,
): void {
  if (end - start < 2) throw bad('it has no number of samples');
  const count = view.getUint16(start);
  if (count === 0) return;
  into.reserve(count);
  const { times, words } = into;
  const endBit = end * 8;
  let length = into.length;
  let last = into.lastTime;
  let disorder = 0;
  let stale = false;

  const zigzag = varint(view, start + 2, end);
  if (zigzag < 0) throw bad('its time is beyond all calendars');
  let time = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  if (varintEnd + 8 > end) throw bad('it has fewer samples than it says');
  let high = view.getUint32(varintEnd);
  let low = view.getUint32(varintEnd + 4);
  let at = (varintEnd + 8) * 8;
  let distance = 0;
  let leading = 0;
  let bits = 0;
  let highMask = 0;
  let lowMask = 0;
  stale = high === STALE_HIGH && low === STALE_LOW;

  for (let sample = 0; ;) {
    if (time > toMs) {
      at = -1;
      break;
    }
    if (time >= fromMs) {
      if (time <= last) disorder += 1;
      last = time;
      times[length] = time;
      words[2 * length + HIGH] = high;
      words[2 * length + LOW] = low;
      length += 1;
    }
    sample += 1;
    if (sample === count) break;
    if (at >= endBit) throw bad('it has fewer samples than it says');
    let window = 0;
    if (sample === 1) {
      distance = varint(view, at >>> 3, end);
      at = varintEnd * 8;
      window = bitsAt(view, at);
    } else {
      window = bitsAt(view, at);
      if (window >= 0) {
        at += 1;
        window <<= 1;
      } else {
        let change = 0;
        if ((window & 0x40000000) === 0) {
          change = (window << 2) >>> 18;
          if (change > 8192) change -= 16384;
          at += 16;
        } else if ((window & 0x20000000) === 0) {
          change = (window << 3) >>> 15;
          if (change > 65536) change -= 131072;
          at += 20;
        } else if ((window & 0x10000000) === 0) {
          change = (window << 4) >>> 12;
          if (change > 524288) change -= 1048576;
          at += 24;
        } else {
          change = bitsAt(view, at + 4) * 4294967296 + (bitsAt(view, at + 36) >>> 0);
          at += 68;
        }
        distance += change;
        window = bitsAt(view, at);
      }
    }
    time += distance;
    if (window >= 0) {
      at += 1;
      continue;
    }
    if ((window & 0x40000000) !== 0) {
      leading = (window >>> 25) & 31;
      bits = (window >>> 19) & 63 || 64;
      const trailing = 64 - leading - bits;
      if (trailing < 0) throw bad('a value has more than 64 bits');
      highMask = trailing >= 32 ? -1 << (trailing - 32) : -1;
      lowMask = trailing >= 32 ? 0 : -1 << trailing;
      at += 13;
    } else {
      if (bits === 0) throw bad('a value refers to one before the first');
      at += 2;
    }
    if (at + bits > endBit) throw bad('it has fewer samples than it says');
    const first = bitsAt(view, at);
    high ^= (first >>> leading) & highMask;
    if (lowMask !== 0) {
      low ^= (((first << 1) << (31 - leading)) | (bitsAt(view, at + 32) >>> leading)) & lowMask;
    }
    at += bits;
    if (high === STALE_HIGH && low === STALE_LOW) stale = true;
  }
  // The appender may leave one byte that it has not begun to fill.
  if (at >= 0 && (at > endBit || endBit - at > 15)) throw bad('the number of its samples and its length do not agree');
  into.length = length;
  into.lastTime = last;
  into.disorder += disorder;
  into.hasStale ||= stale;
}
