import { expect, test } from 'vitest';
import type { LocalLog } from '../../platform/bus/local-log.ts';
import { FakeClock, type Clock } from '../../platform/clock.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { loadAgentMemory } from './agent-memory.ts';
import { createCounters } from './counters.ts';
import { createFakeLocalLog } from './fake-local-log.ts';
import { beat, HEARTBEAT_MS, kindsOf, type HeartbeatSubject } from './heartbeat.ts';
import type { CoverageState } from './coverage.ts';
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
    memory: loadAgentMemory(localLog, { keys: [], resumable: true, now: clock.now() }),
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

const PROVED = Date.parse('2026-01-01T00:00:00Z');
const subject = (kind: string, index: number, state: CoverageState, proofAt: number | null): HeartbeatSubject => ({
  key: `${kind}/${index}`,
  kind,
  namespace: `team-${index}`,
  coverage: { state: () => state, lastProofAt: () => proofAt } as HeartbeatSubject['coverage'],
  objects: () => 2,
});
const subjects = (kind: string, count: number, stateOf: (index: number) => CoverageState): HeartbeatSubject[] =>
  Array.from({ length: count }, (_, index) => subject(kind, index, stateOf(index), PROVED + 1_000 * index));

test('few watches are told one by one', () => {
  const kinds = kindsOf(subjects('pod', 500, () => 'watching'));
  expect(kinds).toHaveLength(500);
  expect(kinds[3]).toEqual({
    kind: 'pod',
    namespace: 'team-3',
    state: 'watching',
    last_proof_at: '2026-01-01T00:00:03.000Z',
    objects: 2,
  });
});

test('of many watches those that do not watch are named, and the rest is summed up by kind', () => {
  const pods = subjects('pod', 1_000, (index) => (index % 500 === 7 ? 'unreadable' : 'watching'));
  const kinds = kindsOf([...pods, ...subjects('node', 2, () => 'watching')]);
  const at = '2026-01-01T00:00:00.000Z';
  expect(kinds.map(({ namespace }) => namespace)).toEqual(['team-7', 'team-507', '*', '*']);
  expect(kinds.slice(2)).toEqual([
    { kind: 'pod', namespace: '*', state: 'watching', last_proof_at: at, objects: 1_996, namespaces: 998 },
    { kind: 'node', namespace: '*', state: 'watching', last_proof_at: at, objects: 4, namespaces: 2 },
  ]);
});

test('a thousand namespaces that cannot be read stay one small entry, and nothing of them is left out', () => {
  const none = Array.from({ length: 14_000 }, (_, index) => subject(`kind-${index % 14}`, index, 'gap', null));
  const kinds = kindsOf(none);
  expect(JSON.stringify(kinds).length).toBeLessThan(128 * 1024);
  expect(kinds.reduce((sum, { namespaces }) => sum + (namespaces ?? 1), 0)).toBe(14_000);
  expect(kinds.filter(({ namespace }) => namespace === '*').every(({ last_proof_at: at }) => at === null)).toBe(true);
});
