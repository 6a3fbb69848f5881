import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TailKeeper } from './tail-keeper.ts';

describe('the tail keeper', () => {
  it('equals slicing the whole', () => {
    const chunk = fc.array(fc.constantFrom(10, 65, 66, 255), { maxLength: 200 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), fc.integer({ min: 1, max: 300 }), (chunks, maxBytes) => {
        const keeper = new TailKeeper(maxBytes);
        for (const each of chunks) keeper.push(each);
        const whole = Buffer.concat(chunks);
        const tail = keeper.tail();
        expect(Buffer.from(tail.bytes).equals(whole.subarray(Math.max(0, whole.length - maxBytes)))).toBe(true);
        expect(tail.cut).toBe(whole.length > maxBytes);
        expect(keeper.total).toBe(whole.length);
        const line = whole.subarray(0, whole.at(-1) === 10 ? whole.length - 1 : whole.length);
        const start = line.lastIndexOf(10) + 1;
        const head = Buffer.from(tail.lastLineHead).toString('latin1').replace('\n', '');
        expect(head).toBe(line.subarray(start, start + 64).toString('latin1'));
      }),
      { numRuns: 500, seed: 20260105 },
    );
  });

  it('holds no more than it keeps and a chunk, whatever goes through', () => {
    const keeper = new TailKeeper(262_144);
    const chunk = Buffer.alloc(65_536, 'x');
    let most = 0;
    for (let i = 0; i < 800; i += 1) {
      keeper.push(chunk);
      most = Math.max(most, keeper.held);
    }
    expect(keeper.total).toBe(52_428_800);
    expect(most).toBeLessThanOrEqual(262_144 + 65_536);
    expect(keeper.tail().bytes.length).toBe(262_144);
  });

  it('does not keep a large buffer alive for a part of it', () => {
    const keeper = new TailKeeper(10);
    keeper.push(new Uint8Array(1_000_000));
    expect(keeper.tail().bytes.buffer.byteLength).toBeLessThan(100_000);
  });
});
