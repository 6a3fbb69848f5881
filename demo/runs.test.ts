import { expect, it } from 'vitest';
import { demoRuns } from './runs.ts';
import { STORIES } from './scenarios/story.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');

it('has one run before the last release of checkout and one that it falls into, both over and of one length', () => {
  const [before, after] = demoRuns(NOW).map(({ from = '', to = '' }) => ({
    from: Date.parse(from),
    to: Date.parse(to),
  }));
  const starts = STORIES['prod-eu'].map(({ startsAt }) => startsAt(NOW)).filter((at) => at >= (before?.from ?? NOW));
  const within = (range: typeof before) => starts.filter((at) => range && at >= range.from && at < range.to).length;
  expect(within(before)).toBe(0);
  expect(within(after)).toBeGreaterThan(0);
  expect(before && before.to - before.from).toBe(after && after.to - after.from);
  expect(after && after.to < NOW && before && before.to < after.from).toBe(true);
});
