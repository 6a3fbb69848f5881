import { describe, expect, it } from 'vitest';
import { drawn, msPerPx, panned, toMs, toPx, zoomed } from './time-scale.ts';

const scale = { from: 1000, to: 5000, widthPx: 400 };
const bounds = { leastMs: 100, mostMs: 100_000, now: 20_000 };

describe('scale', () => {
  it.each([
    [1000, 0],
    [3000, 200],
    [5000, 400],
    [6000, 500],
  ])('%d ms is at pixel %d', (ms, px) => expect(toPx(scale, ms)).toBe(px));

  it('reads a pixel back, and stays in the range', () => {
    expect([-10, 0, 123, 400, 999].map((px) => toMs(scale, px))).toEqual([1000, 1000, 2230, 5000, 5000]);
    expect(toMs({ ...scale, widthPx: 0 }, 7)).toBe(1000);
  });

  it('knows how long a pixel is', () => expect(msPerPx(scale)).toBe(10));
});

describe('zoom', () => {
  it('keeps the instant under the cursor where it is', () => {
    const nearer = zoomed(scale, 0.5, 2000, bounds);
    expect(nearer).toEqual({ from: 1500, to: 3500 });
    expect((2000 - nearer.from) / (nearer.to - nearer.from)).toBe(0.25);
  });
  it('ends at now at the latest', () =>
    expect(zoomed({ from: 14_000, to: 18_000 }, 2, 16_000, bounds)).toEqual({ from: 12_000, to: 20_000 }));
  it('has a shortest and a longest', () => {
    expect(zoomed(scale, 0.0001, 3000, bounds)).toEqual({ from: 2950, to: 3050 });
    expect(zoomed(scale, 1e9, 3000, { ...bounds, now: 1e9 }).to).toBe(100_000);
  });
});

describe('pan', () => {
  it('by a share', () => expect(panned(scale, -0.25, bounds)).toEqual({ from: 0, to: 4000 }));
  it('not beyond now', () => expect(panned(scale, 9, bounds)).toEqual({ from: 16_000, to: 20_000 }));
});

describe('drawn', () => {
  it('in both directions', () => {
    expect(drawn(scale, 100, 200, 4)).toEqual({ from: 2000, to: 3000 });
    expect(drawn(scale, 200, 100, 4)).toEqual({ from: 2000, to: 3000 });
  });
  it('a tremble is no stretch', () => expect(drawn(scale, 100, 103, 4)).toBeNull());
});
