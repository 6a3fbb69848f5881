import { expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import { createTimeline } from './timeline.ts';

it('runs what is due in order of time, and of planning where times are equal', () => {
  const timeline = createTimeline(0);
  const ran: string[] = [];
  timeline.after(30, () => ran.push(`c@${timeline.now()}`));
  timeline.after(10, () => {
    ran.push(`a@${timeline.now()}`);
    timeline.after(5, () => ran.push(`b@${timeline.now()}`));
  });
  timeline.after(30, () => ran.push(`d@${timeline.now()}`));
  const cancel = timeline.after(20, () => ran.push('cancelled'));
  cancel();
  timeline.runUntil(29);
  expect(timeline.now()).toBe(29);
  timeline.runUntil(100);
  expect(ran).toEqual(['a@10', 'b@15', 'c@30', 'd@30']);
});

it('follows a clock, having caught up with it', async () => {
  const clock = new FakeClock(1_000);
  const timeline = createTimeline(0);
  const ran: number[] = [];
  timeline.after(500, () => ran.push(timeline.now()));
  timeline.after(1_700, () => ran.push(timeline.now()));
  const stop = timeline.follow(clock);
  expect(ran).toHaveLength(1);
  await clock.advance(800);
  expect(ran).toHaveLength(2);
  expect(timeline.now()).toBe(1_800);
  stop();
  timeline.after(10, () => ran.push(0));
  await clock.advance(1_000);
  expect(ran).toHaveLength(2);
});
