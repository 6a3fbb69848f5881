import { describe, expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import { parseEntry, type Entry } from '../schemas/entry.ts';
import { createDemoCluster } from './history.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const make = (seed: string) =>
  createDemoCluster({ name: 'prod-eu', seed, historyDays: 2, now: NOW, clock: new FakeClock(NOW), share: 0.5 });
const two = make('a');
const entries = [...two.history()];

describe('a generated history', () => {
  it('is the same for the same seed and instant, and another for another seed', () => {
    expect([...make('a').history()].map((entry) => JSON.stringify(entry))).toEqual(
      entries.map((entry) => JSON.stringify(entry)),
    );
    expect([...make('b').history()].length).not.toBe(entries.length);
  });

  it('numbers its entries without a hole, in order of time, each a valid entry', () => {
    const times = entries.map((entry) => entry.observed_at);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
    expect(times).toEqual(times.toSorted());
    expect(times.at(-1)).toBe('2026-11-20T12:00:00.000Z');
    const bad = entries.filter((entry) => !('entry' in parseEntry(JSON.stringify(entry))));
    expect(bad).toEqual([]);
  });

  it('beats every five minutes', () => {
    expect(entries.filter(({ kind }) => kind === 'heartbeat')).toHaveLength(2 * 288 + 2);
  });

  it('has one log for each death that a pod’s status shows', () => {
    const deaths = new Set<string>();
    for (const entry of entries) {
      if (entry.kind !== 'pod') continue;
      for (const { uid, name, restartCount } of deathsIn(entry)) deaths.add(`${uid}/${name}/${restartCount}`);
    }
    const logs = entries
      .filter(({ kind }) => kind === 'log')
      .map(({ object }) => `${String(object['pod_uid'])}/${String(object['container'])}/${String(object['ordinal'])}`);
    expect(logs.length).toBeGreaterThan(10);
    expect(logs.toSorted()).toEqual([...new Set(logs)].toSorted());
    expect(logs.filter((log) => !deaths.has(log))).toEqual([]);
  });

  it('ends with exactly the objects that the live cluster begins with', () => {
    const alive = new Map<string, string>();
    for (const { kind, op, uid, resource_version: version } of entries) {
      if (['log', 'coverage', 'heartbeat', 'event'].includes(kind)) continue;
      if (op === 'delete') alive.delete(uid);
      else alive.set(uid, version);
    }
    const known = two.known(() => '').filter(({ source }) => source !== 'event');
    expect(new Map(known.map(({ uid, resourceVersion }) => [uid, resourceVersion]))).toEqual(alive);
  });
});

it('goes on in real time from where the history ended', async () => {
  const clock = new FakeClock(NOW + 5_000);
  const demo = createDemoCluster({
    name: 'staging',
    seed: 'live',
    historyDays: 0.2,
    now: NOW,
    clock,
    share: 0.5,
    liveMeanMs: 5_000,
  });
  for (const _entry of demo.history());
  const uids = new Set(demo.cluster.list('pod').map(({ metadata }) => metadata.uid));
  let changes = 0;
  demo.cluster.store.subscribe(() => (changes += 1));
  demo.start();
  await clock.advance(60_000);
  demo.cluster.stop();
  expect(demo.cluster.now()).toBeGreaterThanOrEqual(NOW + 64_000);
  expect(changes).toBeGreaterThan(20);
  expect(demo.cluster.list('pod').filter(({ metadata }) => uids.has(metadata.uid)).length).toBeGreaterThan(
    uids.size / 2,
  );
});

function deathsIn({ object, uid }: Entry): { uid: string; name: string; restartCount: number }[] {
  const status = object['status'] as Record<
    string,
    { name: string; restartCount: number; state?: { terminated?: object } }[] | undefined
  >;
  return [...(status['containerStatuses'] ?? []), ...(status['initContainerStatuses'] ?? [])]
    .filter(({ state }) => state?.terminated)
    .map(({ name, restartCount }) => ({ uid, name, restartCount }));
}
