import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { FastClock } from './fast-clock.ts';
import { recover, type Recovery, type RecoveryCase } from './watch/recovery.ts';
import { startEngine, startRecording, type Engine } from './watch/recording.ts';
import { startSmallCluster } from './watch/small-cluster.ts';
import { entriesOf } from './watch/log-entries.ts';

const close = { kind: 'close', afterEvents: 1 } as const;
const expired = { kind: 'expired' } as const;

/** Each fault; where one has to happen as a watch is opened, the watch before it is closed. */
const CASES: readonly RecoveryCase[] = [
  { name: 'a reset', watch: [{ kind: 'reset', afterEvents: 1 }], gap: false },
  { name: 'a clean close', watch: [close], gap: false },
  { name: 'a freeze', watch: [{ kind: 'freeze', afterEvents: 1 }], gap: false },
  { name: 'a watch that is accepted and not answered', watch: [close, { kind: 'freeze' }], gap: false },
  { name: 'a truncated end', watch: [{ kind: 'truncate', afterEvents: 1 }], gap: false },
  { name: 'a broken line', watch: [{ kind: 'garble', afterEvents: 1 }], gap: false },
  {
    name: 'a broken line twice',
    watch: [
      { kind: 'garble', afterEvents: 1 },
      { kind: 'garble', afterEvents: 0 },
    ],
    gap: true,
  },
  { name: '410', watch: [close, { kind: 'status', status: 410 }], gap: true },
  { name: '410 as an ERROR event', watch: [close, expired], gap: true },
  { name: '429', watch: [close, { kind: 'status', status: 429 }], gap: false },
  {
    name: '429 with Retry-After',
    watch: [close, { kind: 'status', status: 429, retryAfterSeconds: 5 }],
    gap: false,
  },
  { name: '500', watch: [close, { kind: 'status', status: 500 }], gap: false },
  {
    name: '500 with Retry-After',
    watch: [close, { kind: 'status', status: 500, retryAfterSeconds: 5 }],
    gap: false,
  },
  { name: 'a failed list', watch: [close, expired], list: [{ kind: 'status', status: 500 }], gap: true },
  { name: 'a list cut off', watch: [close, expired], list: [{ kind: 'truncate' }], gap: true },
  { name: 'a failed page', watch: [close, expired], page: [{ kind: 'reset' }], gap: true },
  { name: 'an expired page', watch: [close, expired], page: [{ kind: 'expired' }], gap: true },
  { name: 'a stale list', watch: [close, expired], list: [{ kind: 'stale', revisions: 2 }], gap: true },
  {
    name: 'a slow list',
    watch: [close, expired],
    list: [{ kind: 'slow', headersMs: 2_000, bodyMs: 4_000 }],
    gap: true,
  },
  { name: 'a list that is not answered', watch: [close, expired], list: [{ kind: 'freeze' }], gap: true },
  { name: 'an expired token', watch: [close, { kind: 'token', renewMs: 1_000 }], gap: false },
  {
    name: 'a restart with the cache kept',
    watch: [close, { kind: 'restart', awayMs: 2_000, forgetful: false }],
    gap: false,
  },
  {
    name: 'a restart with the cache emptied',
    watch: [close, { kind: 'restart', awayMs: 2_000, forgetful: true }],
    gap: true,
  },
];

const isFrozen = ({ watch, list = [] }: RecoveryCase): number =>
  [...watch, ...list].filter(({ kind }) => kind === 'freeze').length;

const FACTOR = 2;
/** As many journals as one store reads here at a time. */
const AT_ONCE = 6;
const VISIBLE_WITHIN_MS = 2_000;
/** The store's work does not go by the clock: this much more is the machine's, when others have it. */
const MACHINE_MS = 8_000;
const FROZEN_WITHIN_MS = 35_000;
/** The first back-off; that of a denial is 4 s at most, and half a second goes by until a refused list is asked for again. */
const NEXT_WITHIN_MS = 5_000;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-recovery-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('after a fault', () => {
  let clock: FastClock;
  let engine: Engine;
  let outcomes: PromiseWithResolvers<Recovery>[] = [];

  beforeAll(async () => {
    clock = new FastClock({ factor: FACTOR });
    engine = await startEngine(dir, { clock, archiveOnly: true });
    outcomes = CASES.map(() => Promise.withResolvers<Recovery>());
    for (const { promise } of outcomes) promise.catch(() => undefined);
    const waiting = CASES.map((one, at) => ({ one, at, name: `case-${at}` })).toSorted(
      (a, b) => isFrozen(b.one) - isFrozen(a.one),
    );
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { one, at, name } = next;
        const outcome = outcomes[at];
        await recover(one, { dir, clock, store: engine.store, name }).then(outcome?.resolve, outcome?.reject);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }, 300_000);
  afterAll(async () => {
    await engine.close();
    clock.stop();
    const all = (await Promise.allSettled(outcomes.map(({ promise }) => promise))).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
    const of = (pick: (one: Recovery) => number) => all.map(pick).toSorted((a, b) => a - b);
    const [journalled, visible] = [of((one) => one.journalledMs), of((one) => one.visibleMs)];
    process.stdout.write(
      `after the next permitted attempt: in the local log within ${journalled.at(-1)} ms; in the store median ` +
        `${visible[visible.length >> 1]} ms, at most ${visible.at(-1)} ms (${all.length} faults)\n`,
    );
  });

  it.each(CASES.map((one, at) => ({ ...one, at })))('$name: the event is there', async ({ at, ...one }) => {
    const outcome = await outcomes[at]?.promise;
    const frozen = isFrozen(one) > 0;
    expect(outcome?.patienceMs).toBeGreaterThanOrEqual(0);
    expect(frozen ? outcome?.foundMs : outcome?.patienceMs).toBeLessThan(frozen ? FROZEN_WITHIN_MS : NEXT_WITHIN_MS);
    expect(outcome?.journalledMs).toBeLessThan(VISIBLE_WITHIN_MS);
    expect(outcome?.visibleMs).toBeLessThan(VISIBLE_WITHIN_MS + MACHINE_MS);
    expect(outcome?.states.has('gap')).toBe(one.gap);
  });
});

describe('fifteen other resources', () => {
  it.each([
    ['that are quiet', undefined],
    ['whose watches hang', { kind: 'freeze' } as const],
    ['whose watches hang after their headers', { kind: 'freeze', afterEvents: 0 } as const],
  ])('%s do not hold up a busy one', async (name, fault) => {
    const clock = new FastClock({ factor: 10 });
    const cluster = `busy-${name.replaceAll(' ', '-')}`;
    const small = await startSmallCluster({
      name: cluster,
      dir,
      clock,
      pods: 5,
      faults: ({ resource, verb }) => (verb === 'watch' && resource !== 'pods' ? fault : undefined),
    });
    const { agent, localLog, stop } = startRecording({ cluster, kubeconfig: small.kubeconfig, dir, clock });
    try {
      await until('pods are watched', async () =>
        agent.status().watches.some(({ kind, state }) => kind === 'pod' && state === 'watching'),
      );
      const madeAt = new Map<string, number>();
      let cancel = () => {};
      const touch = () => {
        madeAt.set(small.touch(), clock.now());
        cancel = clock.after(200, touch);
      };
      touch();
      await until('300 changes', async () => madeAt.size >= 300);
      cancel();
      const isAll = async () => (await delaysOf()).length === madeAt.size;
      const delaysOf = async () =>
        (await entriesOf(localLog)).flatMap(({ resource_version: version, observed_at: at }) => {
          const made = madeAt.get(version);
          return made === undefined ? [] : [Date.parse(at) - made];
        });
      await until('all of them', isAll);
      expect(Math.max(...(await delaysOf()))).toBeLessThanOrEqual(1_000);
    } finally {
      await stop();
      await localLog.close();
      await small.close();
      clock.stop();
    }
  });
});
