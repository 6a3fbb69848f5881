import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realClock } from './clock.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a wait that is longer than the longest timer', () => {
  it('lasts as long as it should', async () => {
    let ended = 0;
    realClock.after(70 * DAY_MS, () => ended++);
    void realClock.sleep(70 * DAY_MS).then(() => ended++);
    await vi.advanceTimersByTimeAsync(70 * DAY_MS - 1);
    expect(ended).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be ended at any time', async () => {
    let called = 0;
    const cancel = realClock.after(70 * DAY_MS, () => called++);
    const stop = new AbortController();
    const slept = realClock.sleep(70 * DAY_MS, stop.signal);
    await vi.advanceTimersByTimeAsync(40 * DAY_MS);
    cancel();
    stop.abort();
    await slept;
    expect(vi.getTimerCount()).toBe(0);
    expect(called).toBe(0);
  });
});
