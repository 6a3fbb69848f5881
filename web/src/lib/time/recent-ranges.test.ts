import { afterEach, expect, it, vi } from 'vitest';
import { recentRanges } from './recent-ranges.ts';

afterEach(() => vi.unstubAllGlobals());

it('leaves out what is no range', () => {
  const stored = [{ from: 'now-5h', to: 'now' }, { from: 7, to: {} }, { from: 'now-5h' }, null, 'now'];
  vi.stubGlobal('localStorage', { getItem: () => JSON.stringify(stored) });
  expect(recentRanges()).toEqual([{ from: 'now-5h', to: 'now' }]);
});
