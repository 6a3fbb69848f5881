import type { Samples } from '../series.ts';

/** As Prometheus cuts its chunks. */
export const SAMPLES_A_CHUNK = 120;
/** A sample takes at most 68 bits for its time and 77 for its value; the first two varints and a float. */
const MOST_BYTES = 2 + 40 + SAMPLES_A_CHUNK * 19;
/** The high and low half of Prometheus' stale marker: a NaN of its own (model/value). */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 2;

const buffer = new Uint8Array(MOST_BYTES);
const float = new DataView(new ArrayBuffer(8));
let bits = 0;

/** The lowest `count` (up to 32) bits of `value`. */
function write(value: number, count: number): void {
  let left = count;
  while (left > 0) {
    const free = 8 - (bits & 7);
    const now = Math.min(free, left);
    const part = (value >>> (left - now)) & ((1 << now) - 1);
    const index = bits >> 3;
    buffer[index] = (buffer[index] as number) | (part << (free - now));
    bits += now;
    left -= now;
  }
}

/** The lowest `count` (up to 64) bits of a number in two's complement. */
function writeWide(high: number, low: number, count: number): void {
  if (count > 32) write(high, count - 32);
  write(low, Math.min(32, count));
}

function writeUvarint(value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    write((rest % 0x80) | 0x80, 8);
    rest = Math.floor(rest / 0x80);
  }
  write(rest, 8);
}

/** Zigzag, as Go's binary.PutVarint. Exact below 2^52. */
const writeVarint = (value: number): void => writeUvarint(value < 0 ? -2 * value - 1 : 2 * value);

/** The change of the distance between two times. */
function writeDelta(change: number): void {
  if (change === 0) write(0, 1);
  else if (change >= -8191 && change <= 8192) {
    write(0b10, 2);
    write(change, 14);
  } else if (change >= -65_535 && change <= 65_536) {
    write(0b110, 3);
    write(change, 17);
  } else if (change >= -524_287 && change <= 524_288) {
    write(0b1110, 4);
    write(change, 20);
  } else {
    write(0b1111, 4);
    writeWide(Math.floor(change / 2 ** 32), change | 0, 64);
  }
}

interface Window {
  leading: number;
  trailing: number;
}

/** What differs from the last value, within the last window of bits where that holds it. */
function writeXor(high: number, low: number, window: Window): void {
  if (high === 0 && low === 0) return write(0, 1);
  write(1, 1);
  // Five bits hold them.
  const leading = Math.min(31, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
  const trailing = low === 0 ? 32 + ctz(high) : ctz(low);
  if (window.leading !== 0xff && leading >= window.leading && trailing >= window.trailing) write(0, 1);
  else {
    window.leading = leading;
    window.trailing = trailing;
    write(1, 1);
    write(leading, 5);
    // 64 does not fit in six bits, and 0 does not occur.
    write((64 - leading - trailing) & 63, 6);
  }
  const size = 64 - window.leading - window.trailing;
  const shift = window.trailing;
  if (shift >= 32) write(high >>> (shift - 32), size);
  else if (shift === 0) writeWide(high, low, size);
  else writeWide(high >>> shift, (low >>> shift) | (high << (32 - shift)), size);
}

const ctz = (value: number): number => 31 - Math.clz32(value & -value);

/**
 * A chunk of the samples [from, to), at most 120, in Prometheus' XOR encoding (tsdb/chunkenc/xor.go): the count in two bytes, the first
 * time (varint) and value (8 bytes), the second time's distance (uvarint), then changes of the distance; values after Gorilla.
 */
export function encodeXorChunk({ times, values }: Samples, from: number, to: number): Uint8Array {
  buffer.fill(0);
  bits = 16;
  buffer[0] = (to - from) >> 8;
  buffer[1] = (to - from) & 0xff;
  const window: Window = { leading: 0xff, trailing: 0 };
  let lastHigh = 0;
  let lastLow = 0;
  let distance = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    float.setFloat64(0, value);
    const high = Number.isNaN(value) ? STALE_HIGH : float.getUint32(0);
    const low = Number.isNaN(value) ? STALE_LOW : float.getUint32(4);
    if (i === from) {
      writeVarint(times[i] as number);
      writeWide(high, low, 64);
    } else {
      const next = (times[i] as number) - (times[i - 1] as number);
      if (i === from + 1) writeUvarint(next);
      else writeDelta(next - distance);
      distance = next;
      writeXor((high ^ lastHigh) >>> 0, (low ^ lastLow) >>> 0, window);
    }
    lastHigh = high;
    lastLow = low;
  }
  return buffer.slice(0, (bits + 7) >> 3);
}
