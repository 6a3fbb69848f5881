import { describe, expect, it } from 'vitest';
import { defaultFrom } from './default-range.ts';

describe('where a range begins by itself', () => {
  it.each([
    ['/', 'now-24h'],
    ['/exceptions', 'now-24h'],
    ['/sizing', 'now-7d'],
    ['/sizing/one', 'now-7d'],
    ['/sizings', 'now-24h'],
  ])('%s: %s', (path, from) => {
    expect(defaultFrom(path)).toBe(from);
  });
});
