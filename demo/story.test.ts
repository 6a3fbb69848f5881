import { expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import type { Entry } from '../schemas/entry.ts';
import { createDemoCluster, DEMO_CLUSTERS } from './history.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const DAY = 86_400_000;

/** Logs of a day of one of the demo's clusters. */
function logsOf(name: string): Entry[] {
  const profile = DEMO_CLUSTERS.find((each) => each.name === name);
  if (!profile) throw new Error(`no cluster ${name}`);
  const demo = createDemoCluster({ ...profile, historyDays: 1.5, now: NOW, clock: new FakeClock(NOW) });
  return [...demo.history()].filter(({ kind }) => kind === 'log');
}

it.each([
  ['prod-eu', 'checkout', 'Terminating due to java.lang.OutOfMemoryError', 60 * 60_000],
  ['prod-us', 'refunds', 'fatal error: concurrent map writes', DAY],
  ['staging', 'tracking', 'UnhandledPromiseRejection', DAY],
  ['staging', 'recommendations', "No module named 'lightgbm'", DAY],
])('in %s %s dies of its newest release, as never before', (cluster, container, words, withinMs) => {
  const deaths = logsOf(cluster).filter(({ object }) => object['container'] === container);
  const told = deaths.filter(({ object }) => String(object['text']).includes(words));
  expect(told.length).toBeGreaterThan(5);
  expect(Date.parse(told[0]?.observed_at ?? '')).toBeGreaterThan(NOW - withinMs);
  expect(Date.parse(told.at(-1)?.observed_at ?? '')).toBeGreaterThan(NOW - 4 * 3_600_000);
});
