import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a burst, and then one more each time', () => {
  const bucket = new TokenBucket(2, 1000, 0);
  expect([bucket.take(0), bucket.take(0), bucket.take(999), bucket.take(1000), bucket.take(1001)]).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
});

test('goes on filling after the clock was set back', () => {
  const hour = 3600_000;
  const bucket = new TokenBucket(1, 1000, hour);
  expect([bucket.take(hour), bucket.take(0), bucket.take(1000)]).toEqual([true, false, true]);
});
