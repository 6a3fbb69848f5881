import { expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import { silentLogger } from '../platform/log.ts';
import { applyDaily } from './retention.ts';

const DAY_MS = 24 * 3_600_000;

it('is applied each day, also after it has failed, and no more once it is stopped', async () => {
  const clock = new FakeClock(0);
  const days: number[] = [];
  const apply = () => {
    days.push(clock.now() / DAY_MS);
    return days.length === 1 ? Promise.reject(new Error('the store is away')) : Promise.resolve();
  };
  const stop = applyDaily(apply, { clock, log: silentLogger });
  for (let day = 0; day < 3; day++) await clock.advance(DAY_MS);
  await stop();
  await clock.advance(DAY_MS);
  expect(days).toEqual([1, 2, 3]);
});
