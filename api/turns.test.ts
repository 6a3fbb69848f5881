import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

const hold = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

it('lets others have their turn where it has held the loop for long', async () => {
  let heard = 0;
  const timer = setInterval(() => heard++, 1);
  const takeTurns = createTurns();
  for (let step = 0; step < 10; step++) {
    hold(12);
    await takeTurns();
  }
  clearInterval(timer);
  expect(heard).toBeGreaterThanOrEqual(5);
});

it('goes on at once where it has not', async () => {
  let heard = false;
  setImmediate(() => (heard = true));
  const takeTurns = createTurns();
  for (let step = 0; step < 10; step++) await takeTurns();
  expect(heard).toBe(false);
});
