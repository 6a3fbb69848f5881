// Prometheus' chunks of Gorilla's XOR encoding (tsdb/chunkenc/xor.go), for samples at equal intervals: promtool's way through text
// takes more than ten times as long, which half a billion samples do not allow.

const MOST_BYTES = 4096;
const NO_WINDOW = 255;

export interface XorChunkWriter {
  /** `count` samples from `startMs` on, at most 240. The answer is valid until the next call. */
  write(startMs: number, intervalMs: number, count: number, next: () => number): Uint8Array;
}

/** LEB128, as Go's `PutUvarint`; up to 2^53. */
export function uvarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** Zigzag, as Go's `PutVarint`. */
export const varint = (value: number): number[] => uvarint(value < 0 ? -2 * value - 1 : 2 * value);

/** A writer with a buffer of its own. */
export function createXorChunkWriter(): XorChunkWriter {
  const bytes = new Uint8Array(MOST_BYTES);
  const float = new Float64Array(1);
  const words = new Uint32Array(float.buffer);
  let [at, free, leading, trailing] = [0, 8, NO_WINDOW, 0];
  let [low, high] = [0, 0];
  let endsInByte = true;

  /** The lowest `count` bits (at most 32), the highest of them first. */
  function put(value: number, count: number): void {
    let left = count;
    while (left > 0) {
      const taken = Math.min(free, left);
      const part = (value >>> (left - taken)) & ((1 << taken) - 1);
      bytes[at]! |= part << (free - taken);
      left -= taken;
      free -= taken;
      if (free > 0) continue;
      bytes[++at] = 0;
      free = 8;
    }
  }

  function putSignificant(xorHigh: number, xorLow: number): void {
    const bits = 64 - leading - trailing;
    endsInByte = bits % 8 === 0;
    if (trailing >= 32) return put(xorHigh >>> (trailing - 32), bits);
    const shifted = trailing === 0 ? xorLow : (xorLow >>> trailing) | (xorHigh << (32 - trailing));
    if (bits > 32) put(xorHigh >>> trailing, bits - 32);
    put(shifted, Math.min(bits, 32));
  }

  function putValue(value: number): void {
    float[0] = value;
    const [xorLow, xorHigh] = [(words[0]! ^ low) >>> 0, (words[1]! ^ high) >>> 0];
    low = words[0]!;
    high = words[1]!;
    endsInByte = false;
    if (xorLow === 0 && xorHigh === 0) return put(0, 1);
    const before = Math.min(31, Math.clz32(xorHigh) + (xorHigh === 0 ? Math.clz32(xorLow) : 0));
    const after = xorLow === 0 ? 32 + 31 - Math.clz32(xorHigh & -xorHigh) : 31 - Math.clz32(xorLow & -xorLow);
    if (leading !== NO_WINDOW && before >= leading && after >= trailing) {
      put(0b10, 2);
    } else {
      leading = before;
      trailing = after;
      put(0b11, 2);
      put(leading, 5);
      put((64 - leading - trailing) & 63, 6);
    }
    putSignificant(xorHigh, xorLow);
  }

  return {
    write(startMs, intervalMs, count, next) {
      [at, free, leading, trailing] = [2, 8, NO_WINDOW, 0];
      bytes[0] = count >>> 8;
      bytes[1] = count & 255;
      bytes[2] = 0;
      endsInByte = true;
      for (const byte of varint(startMs)) put(byte, 8);
      float[0] = next();
      low = words[0]!;
      high = words[1]!;
      put(high, 32);
      put(low, 32);
      for (let sample = 1; sample < count; sample++) {
        if (sample === 1) for (const byte of uvarint(intervalMs)) put(byte, 8);
        // The interval has not changed.
        else put(0, 1);
        putValue(next());
      }
      // Prometheus leaves an empty byte behind the last one where whole bytes ended there, and none where single bits did.
      return bytes.subarray(0, free === 8 && !endsInByte ? at : at + 1);
    },
  };
}
