import { describe, expect, it } from 'vitest';
import { createCoverage, type Coverage } from '../ingest/agent/coverage.ts';
import { FakeClock, toTime } from '../platform/clock.ts';
import { createCoverageFold } from '../processors/journal/coverage.ts';
import { createExceptionsFold } from '../processors/journal/exceptions/fold.ts';
import { FoldMemory } from '../processors/journal/fold-memory.ts';
import type { Fold } from '../processors/journal/fold.ts';
import type { Table } from '../schemas/column.ts';
import { parseEntry, type Entry } from '../schemas/entry.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { coverageTable } from '../schemas/journal.ts';
import type { CoverageObject } from '../schemas/objects.ts';
import { createDemoCluster } from './history.ts';
import { ago, type Outage } from './history/outages.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const [MINUTE, HOUR] = [60_000, 3_600_000];
const BEGIN = NOW - 24 * HOUR;
const [UPGRADE, CRASH, CUT] = [NOW - 18 * HOUR, NOW - 10 * HOUR, NOW - 4 * HOUR];
const outages: Outage[] = [
  { kind: 'upgrade', startsAt: ago(18 * HOUR), forMs: 40_000 },
  { kind: 'crash', startsAt: ago(10 * HOUR), forMs: 3 * HOUR },
  { kind: 'connection', startsAt: ago(4 * HOUR), forMs: 12 * MINUTE },
];
const demo = createDemoCluster({
  name: 'prod-us',
  seed: 'outages',
  historyDays: 1,
  now: NOW,
  clock: new FakeClock(NOW),
  share: 0.5,
  outages,
  forbidden: ['horizontalpodautoscalers'],
  story: [
    { startsAt: ago(10 * HOUR - 5 * MINUTE), play: (director) => void director.cause('crashLoop', 'shop/cart') },
    { startsAt: ago(10 * HOUR - 9 * MINUTE), play: (director) => void director.cause('release', 'shop/catalog') },
    { startsAt: ago(4 * HOUR - MINUTE), play: (director) => void director.cause('crashLoop', 'platform/auth') },
    { startsAt: ago(4 * HOUR - 2 * MINUTE), play: (director) => void director.cause('scale', 'shop/pricing') },
  ],
});
const entries = [...demo.history()];

const between = (from: number, to: number): Entry[] =>
  entries.filter(({ observed_at }) => Date.parse(observed_at) > from && Date.parse(observed_at) < to);
const spansOf = (source: string): CoverageObject[] =>
  entries.flatMap(({ kind, object }) =>
    kind === 'coverage' && object['kind'] === source ? [object as unknown as CoverageObject] : [],
  );
const REFUSED =
  'HTTP 403 Forbidden: horizontalpodautoscalers.autoscaling is forbidden: User "system:serviceaccount:tidemark:tidemark-agent" cannot list resource "horizontalpodautoscalers" in API group "autoscaling" at the cluster scope';
const AWAY = 'unavailable: the API server https://10.96.0.1:443 cannot be reached: ETIMEDOUT';

/** What the agent's own record of a source says of these hours, life by life. */
async function agentSays(kind: string, live: (coverage: Coverage, clock: FakeClock, life: number) => Promise<void>) {
  const written: CoverageObject[] = [];
  const lives = [BEGIN, UPGRADE + 40_000, CRASH + 3 * HOUR];
  const proofs = [null, UPGRADE, CRASH];
  for (const [life, from] of lives.entries()) {
    const clock = new FakeClock(from);
    const write = async (object: CoverageObject) => void written.push(object);
    const coverage = createCoverage({ kind, namespace: '', clock, lastProofAt: proofs[life] ?? null, write });
    await live(coverage, clock, life);
  }
  return written;
}

/** Watches from its start, stops in good order in its first life and for good in its third; `cut` is what that one goes through. */
const watched =
  (cut: (coverage: Coverage, clock: FakeClock) => Promise<void>) =>
  async (coverage: Coverage, clock: FakeClock, life: number): Promise<void> => {
    await coverage.listed(clock.now(), 0, 'start');
    await coverage.standing(clock.now());
    if (life === 0) await clock.advance(UPGRADE - clock.now());
    if (life === 2) {
      await clock.advance(CUT - clock.now());
      coverage.proof();
      await clock.advance(12_400);
      await coverage.cut(AWAY);
      await clock.advance(CUT + 12 * MINUTE - clock.now());
      await cut(coverage, clock);
      await clock.advance(NOW - clock.now());
    }
    if (life !== 1) await coverage.closed();
  };

describe('outages in a history', () => {
  it('are told as the agent tells them', async () => {
    const reason = 'HTTP 410 Expired: too old resource version';
    const expired = watched(async (coverage, clock) => {
      await coverage.cut(reason);
      await coverage.listed(clock.now(), 0, reason);
      await coverage.standing(clock.now());
    });
    const resumed = watched((coverage, clock) => coverage.standing(clock.now()));
    const denied = async (coverage: Coverage, clock: FakeClock, life: number) => {
      await coverage.unreadable(REFUSED);
      if (life === 0) await clock.advance(UPGRADE - clock.now());
      if (life === 2) await clock.advance(NOW - clock.now());
      if (life !== 1) await coverage.closed();
    };
    const uncounted = (source: string) => spansOf(source).map((span) => ({ ...span, vanished: 0 }));
    expect(uncounted('pod')).toEqual(await agentSays('pod', expired));
    expect(uncounted('node')).toEqual(await agentSays('node', resumed));
    expect(uncounted('hpa')).toEqual(await agentSays('hpa', denied));
  });

  it('leave nothing of what happened in them', () => {
    expect(between(UPGRADE, UPGRADE + 40_000)).toEqual([]);
    expect(between(CRASH, CRASH + 3 * HOUR)).toEqual([]);
    const kinds = new Set(between(CUT, CUT + 12 * MINUTE).map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['coverage', 'heartbeat']);
  });

  it('begin a new life of the agent each time that it was away', () => {
    const lives = Map.groupBy(entries, ({ epoch }) => epoch);
    expect([...lives.keys()]).toEqual([BEGIN, UPGRADE + 40_000, CRASH + 3 * HOUR]);
    expect(demo.epoch).toBe(CRASH + 3 * HOUR);
    for (const life of lives.values()) expect(life.map(({ seq }) => seq)).toEqual(life.map((_, i) => i + 1));
    expect(entries.filter((entry) => !('entry' in parseEntry(JSON.stringify(entry))))).toEqual([]);
  });

  it('end with a list that finds what came and misses what went', () => {
    const at = toTime(CRASH + 3 * HOUR);
    const found = entries.filter(({ kind, observed_at }) => kind === 'pod' && observed_at === at);
    const counts = Map.groupBy(found, ({ op }) => op);
    expect(found.every(({ op, object }) => (op === 'vanished') === (Object.keys(object).length === 0))).toBe(true);
    expect(counts.get('add')?.some(({ name }) => name.startsWith('catalog-'))).toBe(true);
    expect(counts.get('vanished')?.length).toBeGreaterThan(1);
    expect(spansOf('pod').find(({ to }) => to === at)?.vanished).toBe(counts.get('vanished')?.length);
  });

  it('leave the journal with the objects that the live agent begins with', () => {
    const alive = new Map<string, string>();
    for (const { kind, op, uid, resource_version: version } of entries) {
      if (['log', 'coverage', 'heartbeat', 'event'].includes(kind)) continue;
      if (op === 'delete' || op === 'vanished') alive.delete(uid);
      else alive.set(uid, version);
    }
    const known = demo.known(() => '').filter(({ source }) => source !== 'event');
    expect(new Map(known.map(({ uid, resourceVersion }) => [uid, resourceVersion]))).toEqual(alive);
  });

  it('show nothing of what may not be read', () => {
    expect(entries.filter(({ kind }) => kind === 'hpa')).toEqual([]);
    const beat = entries.findLast(({ kind }) => kind === 'heartbeat');
    expect(beat?.object['kinds']).toContainEqual({
      kind: 'hpa',
      namespace: '',
      state: 'unreadable',
      last_proof_at: null,
      objects: 0,
    });
  });
});

describe('what the folds read of them', () => {
  it('is when each kind was watched, late, unknown and unreadable', () => {
    const rows = rowsOf(createCoverageFold('prod-us'), coverageTable).filter(({ from, to }) => from !== to);
    const read = (kind: string) =>
      rows.filter((row) => row['kind'] === kind).map(({ state, from, to }) => [state, from, to ?? '…'].join(' '));
    const [up, upEnd] = [toTime(UPGRADE), toTime(UPGRADE + 40_000)];
    const [crash, crashEnd] = [toTime(CRASH), toTime(CRASH + 3 * HOUR)];
    const [cut, cutEnd] = [toTime(CUT), toTime(CUT + 12 * MINUTE)];
    const frame = (last: string) => [
      `watching ${toTime(BEGIN)} ${up}`,
      `gap ${up} ${upEnd}`,
      `watching ${upEnd} ${crash}`,
      `gap ${crash} ${crashEnd}`,
      `watching ${crashEnd} ${cut}`,
      `${last} ${cut} ${cutEnd}`,
      `watching ${cutEnd} ${toTime(NOW)}`,
      `closed ${toTime(NOW)} …`,
    ];
    expect(read('pod').toSorted()).toEqual(frame('gap').toSorted());
    expect(read('node').toSorted()).toEqual(frame('late').toSorted());
    expect(read('hpa')).toContain(`unreadable ${toTime(BEGIN)} ${up}`);
  });

  it('is that something died unseen, and how often, where a restart count has jumped', () => {
    const rows = rowsOf(createExceptionsFold()('prod-us'), exceptionsTable);
    const unseen = rows.filter(
      ({ type, reason, finished_at: end }) => type === 'death' && reason === 'Unknown' && end === null,
    );
    expect(unseen.length).toBeGreaterThan(2);
    const ends = new Set([CRASH + 3 * HOUR, CUT + 12 * MINUTE].map((ms) => toTime(ms)));
    expect(unseen.filter(({ observed_at: at }) => !ends.has(String(at)))).toEqual([]);
    expect(unseen.some(({ workload }) => workload === 'cart')).toBe(true);
    expect(unseen.some(({ workload }) => workload === 'auth')).toBe(true);
  });
});

/** The rows of one table as a fold leaves them. */
function rowsOf(fold: Fold, wanted: Table): Record<string, unknown>[] {
  const state = new FoldMemory();
  const rows = new Map<string, Record<string, unknown>>();
  for (const [offset, entry] of entries.entries()) {
    fold.apply(entry, {
      cluster: 'prod-us',
      logId: 'log-1',
      offset,
      value: JSON.stringify(entry),
      state,
      emit: (table, key, row) => void (table === wanted && rows.set(key, { ...rows.get(key), ...row })),
      publish: () => undefined,
    });
  }
  return [...rows.values()];
}
