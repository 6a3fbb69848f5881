import { expect, test } from 'vitest';
import type { LocalLog } from '../../platform/bus/local-log.ts';
import { FakeClock, type Clock } from '../../platform/clock.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { loadAgentMemory } from './agent-memory.ts';
import { createCounters } from './counters.ts';
import { createFakeLocalLog } from './fake-local-log.ts';
import { beat, HEARTBEAT_MS } from './heartbeat.ts';
import type { JournalWriter } from './journal-writer.ts';

function beating(clock: Clock) {
  const stop = new AbortController();
  const localLog: LocalLog = createFakeLocalLog();
  const writer: Pick<JournalWriter, 'write' | 'blockedSince'> = {
    write: () => Promise.resolve(),
    blockedSince: () => null,
  };
  let beats = 0;
  const done = beat({
    writer: writer as JournalWriter,
    localLog,
    memory: loadAgentMemory(localLog, []),
    counters: createCounters(createMetrics(), 'east'),
    clock,
    identity: 'a',
    version: '1',
    startedAt: clock.now(),
    subjects: [],
    signal: stop.signal,
    onBeat: () => void beats++,
  });
  return { beats: () => beats, end: () => (stop.abort(), done) };
}

test.each([
  ['runs on', 0],
  ['is set back by an hour', -3600_000],
  ['is set forward by an hour', 3600_000],
])('every ten seconds, though the system clock %s', async (_what, step) => {
  const timers = new FakeClock();
  let shift = 0;
  const clock: Clock = {
    now: () => timers.now() + shift,
    sleep: (ms, signal) => timers.sleep(ms, signal),
    after: (ms, callback) => timers.after(ms, callback),
  };
  const heart = beating(clock);
  await timers.advance(HEARTBEAT_MS);
  shift = step;
  const before = heart.beats();
  await timers.advance(10 * HEARTBEAT_MS);
  expect(heart.beats() - before).toBeGreaterThanOrEqual(9);
  expect(heart.beats() - before).toBeLessThanOrEqual(11);
  await heart.end();
});
