import { describe, expect, it } from 'vitest';
import { createRandom } from '../../cluster/random.ts';
import { bitsOf, decodeXorChunk, STALE_BITS } from '../testing/decode.ts';
import { crc32c } from './crc32c.ts';
import { encodeXorChunk } from './xor-chunk.ts';

const NOW = 1_763_640_000_000;

const roundTrip = (times: number[], values: number[]) =>
  decodeXorChunk(encodeXorChunk({ times, values }, 0, times.length));

const bitwise = (times: number[], values: number[]) =>
  times.map((time, i) => ({ time, bits: Number.isNaN(values[i]) ? STALE_BITS : bitsOf(values[i] as number) }));

describe('an XOR chunk', () => {
  it.each([
    ['one sample', [NOW], [1.5]],
    ['the same value', [NOW, NOW + 15_000, NOW + 30_000], [7, 7, 7]],
    ['all bits but few', [0, 1, 2], [0, -0, Number.MIN_VALUE]],
    ['the first and the last bit', [0, 1, 2, 3], [1, -1.0000000000000002, 1e308, -1e-308]],
    ['a stale marker', [NOW, NOW + 15_000, NOW + 30_000], [3.25, NaN, 4]],
    [
      'the bounds of its distances',
      distances([100, 8_192, -8_191, 8_193, -8_192, 65_536, -65_535, 65_537, -65_536, 524_288, -524_287, 524_289, 1e9]),
      steps(14),
    ],
    ['a time before 1970', [-5_000, 1], [1, 2]],
  ])('holds %s', (_what, times, values) => {
    expect(roundTrip(times, values)).toEqual(bitwise(times, values));
  });

  it('holds whatever is in it', () => {
    const random = createRandom('chunks');
    for (let turn = 0; turn < 200; turn++) {
      const count = random.int(1, 120);
      let time = NOW;
      const times = Array.from(
        { length: count },
        () => (time += random.chance(0.7) ? 15_000 : random.int(1, 2_000_000)),
      );
      let value = 0;
      const values = times.map(() => {
        if (random.chance(0.05)) return NaN;
        value = random.pick([value, value + random.next(), value + random.int(1, 4096) * 4096, -value]);
        return value;
      });
      expect(roundTrip(times, values)).toEqual(bitwise(times, values));
    }
  });

  it('takes so many bytes as Prometheus needs for what does not change', () => {
    const times = Array.from({ length: 120 }, (_, i) => NOW + i * 15_000);
    // 2 of the count, 6 of the time, 8 of the value, 2 of the distance; then a bit for the value, and two bits a sample.
    expect(encodeXorChunk({ times, values: times.map(() => 5) }, 0, 120)).toHaveLength(
      18 + Math.ceil((1 + 118 * 2) / 8),
    );
  });
});

/** Times whose distances change by so much. */
function distances(changes: readonly number[]): number[] {
  const times = [NOW];
  let distance = 600_000;
  for (const change of changes) {
    distance += change;
    times.push((times.at(-1) as number) + distance);
  }
  return times;
}

function steps(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

// RFC 3720, B.4, and the check value of the catalogue of CRCs.
it.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Buffer.from('123456789'), 0xe3069283],
])('checks by CRC-32C', (data, sum) => expect(crc32c(data)).toBe(sum));
