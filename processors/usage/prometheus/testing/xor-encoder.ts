/** Samples of a chunk; values by their bits where a NaN's kind matters. */
export interface TestSample {
  readonly atMs: number;
  readonly value: number | bigint;
}

/** The bits of Prometheus' stale marker. */
export const STALE = 0x7ff0000000000002n;

/** The bits of a double, or those given. */
export function bitsOf(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** Bits, the highest first. */
function createBits() {
  const bytes: number[] = [];
  let free = 0;
  const bit = (set: boolean): void => {
    if (free === 0) {
      bytes.push(0);
      free = 8;
    }
    free -= 1;
    if (set) bytes[bytes.length - 1]! |= 1 << free;
  };
  const bits = (value: bigint, count: number): void => {
    for (let at = count - 1; at >= 0; at -= 1) bit(((value >> BigInt(at)) & 1n) === 1n);
  };
  const uvarint = (value: bigint): void => {
    let left = value;
    for (; left >= 0x80n; left >>= 7n) bits((left & 0x7fn) | 0x80n, 8);
    bits(left, 8);
  };
  return { bytes, bit, bits, uvarint };
}

function leadingZeros(value: bigint): number {
  let count = 0;
  while (count < 64 && ((value >> BigInt(63 - count)) & 1n) === 0n) count += 1;
  return count;
}

function trailingZeros(value: bigint): number {
  let count = 0;
  while (count < 64 && ((value >> BigInt(count)) & 1n) === 0n) count += 1;
  return count;
}

/** bitRange of xor.go: what fits into so many bits, which lean to the positive. */
const fits = (value: number, bits: number): boolean => -(2 ** (bits - 1) - 1) <= value && value <= 2 ** (bits - 1);

/**
 * An XOR chunk as the appender of Prometheus tsdb/chunkenc/xor.go writes it. Bit by bit and with BigInt: it is to be
 * seen that it is right. `count` is what the chunk says; a lie serves tests.
 */
export function encodeXorChunk(samples: readonly TestSample[], count = samples.length): Buffer {
  const out = createBits();
  out.bits(BigInt(count), 16);
  let time = 0;
  let distance = 0;
  let value = 0n;
  let leading = 0xff;
  let trailing = 0;

  const writeTime = (atMs: number, index: number): void => {
    const next = atMs - time;
    if (index === 0) {
      const signed = BigInt(atMs);
      out.uvarint(BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n)));
    } else if (index === 1) out.uvarint(BigInt.asUintN(64, BigInt(next)));
    else {
      const change = next - distance;
      const signed = BigInt.asUintN(64, BigInt(change));
      if (change === 0) out.bit(false);
      else if (fits(change, 14)) {
        out.bits(0b10n, 2);
        out.bits(signed, 14);
      } else if (fits(change, 17)) {
        out.bits(0b110n, 3);
        out.bits(signed, 17);
      } else if (fits(change, 20)) {
        out.bits(0b1110n, 4);
        out.bits(signed, 20);
      } else {
        out.bits(0b1111n, 4);
        out.bits(signed, 64);
      }
    }
    if (index > 0) distance = next;
    time = atMs;
  };

  const writeValue = (bits: bigint, index: number): void => {
    const delta = bits ^ value;
    value = bits;
    if (index === 0) return out.bits(bits, 64);
    if (delta === 0n) return out.bit(false);
    out.bit(true);
    const newLeading = Math.min(31, leadingZeros(delta));
    const newTrailing = trailingZeros(delta);
    if (leading !== 0xff && newLeading >= leading && newTrailing >= trailing) {
      out.bit(false);
      out.bits(delta >> BigInt(trailing), 64 - leading - trailing);
      return;
    }
    leading = newLeading;
    trailing = newTrailing;
    out.bit(true);
    out.bits(BigInt(leading), 5);
    out.bits(BigInt((64 - leading - trailing) & 63), 6);
    out.bits(delta >> BigInt(trailing), 64 - leading - trailing);
  };

  for (const [index, sample] of samples.entries()) {
    writeTime(sample.atMs, index);
    writeValue(bitsOf(sample.value), index);
  }
  return Buffer.from(out.bytes);
}
