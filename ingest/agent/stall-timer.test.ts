import { expect, test } from 'vitest';
import { FakeClock, type Clock } from '../../platform/clock.ts';
import { stallTimer } from './stall-timer.ts';

test('fires after the quiet time, though the system clock was set back by an hour', async () => {
  const timers = new FakeClock();
  let shift = 0;
  const clock: Clock = {
    now: () => timers.now() + shift,
    sleep: timers.sleep.bind(timers),
    after: timers.after.bind(timers),
  };
  const stall = stallTimer(clock, 1000, () => undefined);
  await timers.advance(500);
  stall.rest();
  shift = -3600_000;
  await timers.advance(2500);
  expect(stall.fired()).toBe(true);
});
