import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../platform/errors.ts';
import { emptySummary, isStale } from './series.ts';
import { SeriesBuffer } from './series-buffer.ts';
import { STALE, bitsOf, encodeXorChunk, type TestSample } from './testing/xor-encoder.ts';
import { CHUNK_PADDING, decodeXorChunk } from './xor-chunk.ts';

const everything = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** Decodes with foreign bits on both sides, as in the middle of a frame. */
function decode(chunk: Uint8Array, into = new SeriesBuffer(), { fromMs, toMs } = everything): SeriesBuffer {
  const bytes = new Uint8Array(3 + chunk.length + CHUNK_PADDING).fill(0xff);
  bytes.set(chunk, 3);
  decodeXorChunk(new DataView(bytes.buffer), 3, 3 + chunk.length, into, fromMs, toMs);
  return into;
}

const samplesOf = (buffer: SeriesBuffer): TestSample[] => {
  const view = new DataView(buffer.values.buffer);
  return Array.from({ length: buffer.length }, (_, index) => ({
    atMs: buffer.times[index]!,
    value: view.getBigUint64(index * 8, true),
  }));
};
const byBits = (samples: readonly TestSample[]): TestSample[] =>
  samples.map(({ atMs, value }) => ({ atMs, value: bitsOf(value) }));

const value = fc.oneof(
  fc.double(),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    0,
    -0,
    1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    STALE,
    0x7ff8000000000001n,
    5e-324,
  ),
);
const steps = fc.oneof(
  fc.constant(15_000),
  fc.integer({ min: 14_990, max: 15_010 }),
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: 1, max: 2_000_000 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);

describe('decodeXorChunk', () => {
  it('reads bytes as Prometheus writes them', () => {
    // By hand from xor.go: 3 samples, 1 s apart at 1000, 2000, 3000 ms; 1, 1, 2.
    const count = [0x00, 0x03];
    const firstTime = [0xd0, 0x0f]; // varint 1000 is uvarint 2000
    const firstValue = [0x3f, 0xf0, 0, 0, 0, 0, 0, 0];
    const distance = [0xe8, 0x07]; // uvarint 1000
    // 0: the same value; 0: the same distance; 11, 1 leading zero (00001), 11 bits (001011): 2.0 ^ 1.0 = 0x7ff0 << 48.
    const bits = [0b00_11_0000, 0b1_001011_1, 0b11111111, 0b11_000000];
    const chunk = Uint8Array.from([count, firstTime, firstValue, distance, bits].flat());
    expect(samplesOf(decode(chunk))).toEqual(
      byBits([
        { atMs: 1000, value: 1 },
        { atMs: 2000, value: 1 },
        { atMs: 3000, value: 2 },
      ]),
    );
    expect(
      Uint8Array.from(encodeXorChunk([1000, 2000, 3000].map((atMs, i) => ({ atMs, value: i < 2 ? 1 : 2 })))),
    ).toEqual(chunk);
  });

  it('gives back whatever was encoded, to the bit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 41), max: 2 ** 41 }),
        fc.array(fc.record({ step: steps, value }), { minLength: 1, maxLength: 150 }),
        (start, parts) => {
          let atMs = start;
          const samples = parts.map((part) => ({ atMs: (atMs += part.step), value: part.value }));
          const buffer = decode(encodeXorChunk(samples));
          expect(samplesOf(buffer)).toEqual(byBits(samples));
          expect(buffer.disorder).toBe(0);
          expect(buffer.hasStale).toBe(byBits(samples).some((sample) => sample.value === STALE));
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([-8192, -8191, 8192, 8193, -65535, 65536, 65537, -524_287, 524_288, 524_289, -(2 ** 33), 2 ** 40])(
    'reads a change of the distance by %i ms',
    (change) => {
      const samples = [0, 2 ** 41, 2 ** 42 + change].map((atMs) => ({ atMs, value: 1 }));
      expect(samplesOf(decode(encodeXorChunk(samples)))).toEqual(byBits(samples));
    },
  );

  it('tells stale markers from other NaNs', () => {
    const buffer = decode(
      encodeXorChunk(
        [Number.NaN, STALE, 1, STALE, 0x7ff8000000000002n].map((sample, atMs) => ({ atMs, value: sample })),
      ),
    );
    expect([0, 1, 2, 3, 4].map((index) => isStale(buffer.words, index))).toEqual([false, true, false, true, false]);
    expect([...buffer.values.subarray(0, 5)].map(Number.isNaN)).toEqual([true, true, false, true, true]);
  });

  it('cuts to the range, both of its ends within', () => {
    const samples = Array.from({ length: 10 }, (_, index) => ({ atMs: index * 1000, value: index }));
    const buffer = decode(encodeXorChunk(samples), undefined, { fromMs: 3000, toMs: 6000 });
    expect(samplesOf(buffer)).toEqual(byBits(samples.slice(3, 7)));
    expect(buffer.outside).toBe(0);
  });

  it('joins chunks that overlap, repeat or come out of order', () => {
    const samples = Array.from({ length: 300 }, (_, index) => ({ atMs: index * 1000, value: Math.sqrt(index) }));
    const buffer = new SeriesBuffer();
    for (const [from, to] of [
      [100, 200],
      [0, 120],
      [150, 300],
      [150, 300],
    ] as const)
      decode(encodeXorChunk(samples.slice(from, to)), buffer);
    const summary = emptySummary();
    expect(buffer.finish(0, {}, summary).count).toBe(300);
    expect(samplesOf(buffer)).toEqual(byBits(samples));
    expect(summary).toMatchObject({ duplicates: 220, samples: 300, series: 1 });
    expect(summary.outOfOrder).toBeGreaterThan(0);
  });

  it.each([-1, -15_000, -(2 ** 40)])('takes a second sample that is %i ms later', (distance) => {
    const samples = [0, distance, 2 * distance].map((atMs) => ({ atMs, value: 1 }));
    expect(samplesOf(decode(encodeXorChunk(samples)))).toEqual(byBits(samples));
  });

  it('keeps the first of two samples of one time', () => {
    const buffer = decode(
      encodeXorChunk([
        { atMs: 5, value: 1 },
        { atMs: 5, value: 2 },
        { atMs: 3, value: 3 },
      ]),
    );
    buffer.finish(0, {}, emptySummary());
    expect(samplesOf(buffer)).toEqual(
      byBits([
        { atMs: 3, value: 3 },
        { atMs: 5, value: 1 },
      ]),
    );
  });

  it('takes an empty chunk, and one whose appender left a byte behind', () => {
    expect(decode(Uint8Array.of(0, 0)).length).toBe(0);
    expect(decode(Buffer.concat([encodeXorChunk([{ atMs: 1, value: 1 }]), Buffer.of(0)])).length).toBe(1);
  });

  const many = Array.from({ length: 100 }, (_, index) => ({ atMs: index * 1000, value: Math.sin(index) }));
  it.each([
    ['says more samples than it has', encodeXorChunk(many, 200)],
    ['says a few more', encodeXorChunk(many, 104)],
    ['says fewer', encodeXorChunk(many, 50)],
    ['is cut in half', encodeXorChunk(many).subarray(0, 300)],
    ['is cut in its first sample', encodeXorChunk(many).subarray(0, 6)],
    ['has no number', Uint8Array.of(1)],
    ['has a time without end', Uint8Array.of(0, 1, ...Array<number>(12).fill(0xff))],
    // A second sample by '10' before any by '11'.
    ['refers to nothing', Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0b10000000, 0)],
    [
      'has a value of 95 bits',
      Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0b11_11111_0, 0b00000_000, ...Array<number>(16).fill(0)),
    ],
  ])('refuses a chunk that %s', (_what, chunk) => {
    expect(() => decode(chunk)).toThrow(expect.objectContaining({ code: 'prometheus_bad_answer' }));
  });

  it('refuses rubbish with a code, or reads it; it never reads on for ever or outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rubbish) => {
        let outcome: unknown;
        try {
          outcome = decode(rubbish).length < 65_536;
        } catch (error) {
          outcome = (error as AppError).code;
        }
        expect([true, 'prometheus_bad_answer']).toContain(outcome);
      }),
      { numRuns: 2000 },
    );
  });
});
