import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import type { Known } from '../../platform/bus/local-log.ts';
import { firstSeed, limitMs, runs } from '../../tests/soak.ts';
import { createCoverage } from './coverage.ts';
import { createFakeApi, reset, type FakeApi } from './fake-api.ts';
import { createKnownObjects, type Change } from './known-objects.ts';
import { createReflector } from './reflector.ts';
import { REFLECTOR_DEFAULTS } from './reflector-deps.ts';
import { SettlingClock } from './settling-clock.ts';
import { SOURCES } from './sources.ts';

const source = SOURCES.find((one) => one.name === 'pod') as (typeof SOURCES)[number];
const isWatch = (path: string): boolean => path.includes('watch=true');
const name = fc.integer({ min: 0, max: 5 }).map((n) => `p${n}`);

type Step =
  | { do: 'put' | 'remove'; name: string }
  | { do: 'end' | 'cut' | 'compact' | 'bad' | 'gone' | 'refuse' | 'bookmark' | 'half' | 'restart' | 'deny' }
  | { do: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'put' as const, 'remove' as const), name }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('end', 'cut', 'compact', 'bad', 'gone', 'refuse', 'bookmark', 'half', 'restart', 'deny'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 90_000 }) }) },
);

function breakWatch(api: FakeApi, what: Step['do']): void {
  const open = api.watches.at(-1);
  if (what === 'end') open?.end();
  if (what === 'cut') open?.cut();
  if (what === 'compact') api.compact();
  if (what === 'bookmark') api.bookmark();
  if (what === 'bad') open?.send('{"type":"MODIFIED","obj\n');
  if (what === 'gone') open?.send(`${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`);
  if (what === 'half') {
    open?.send('{"type":"MOD');
    open?.end();
  }
  if (what === 'refuse') api.refuse(() => true, { error: reset() }, 2);
  if (what === 'deny') api.refuse(isWatch, { status: 403 }, 1);
}

/** A reflector with what survives its restarts: the known set, the version at which it stands, and that it has listed once. */
function createSubject(api: FakeApi, clock: SettlingClock, told: Change[]) {
  const store = new Map<string, Known>();
  let proofAt: number | null = null;
  let version: string | null = null;
  let stop = new AbortController();
  let relists = 0;
  const begin = (): void => {
    stop = new AbortController();
    const write = () => Promise.resolve();
    const coverage = createCoverage({ kind: 'pod', namespace: '', clock, lastProofAt: proofAt, write });
    const reflector = createReflector({
      watched: { source, namespace: '' },
      transport: api,
      clock,
      random: () => 0.5,
      log: silentLogger,
      known: createKnownObjects(source, [...store.values()]),
      coverage,
      options: { ...REFLECTOR_DEFAULTS, pageSize: 2 },
      lastFullAt: null,
      resumeFrom: version,
      async deliver(changes, reached) {
        told.push(...changes);
        version = reached;
        for (const { known } of changes) {
          if ('put' in known) store.set(known.put.name, known.put);
          else store.delete(known.forget.name);
        }
        await Promise.resolve();
      },
      onReached: (reached) => void (version = reached),
      onFullList: () => undefined,
      mayRetell: () => true,
      onBadLine: () => undefined,
      count: (counter) => {
        if (counter !== 'relists') return;
        relists++;
        proofAt = clock.now();
      },
    });
    void reflector.run(stop.signal);
  };
  return { begin, stop: () => stop.abort(), relists: () => relists, store };
}

test(
  'whatever breaks, every object ends as the server has it, in its order, and without a relist nothing is missed',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const api = createFakeApi();
        const clock = new SettlingClock();
        const told: Change[] = [];
        const history: string[] = [];
        const subject = createSubject(api, clock, told);
        subject.begin();
        await clock.advance(0);
        for (const one of steps) {
          if (one.do === 'put') {
            const { uid, resourceVersion } = api.put(one.name).metadata;
            history.push(`${uid}@${resourceVersion}`);
          } else if (one.do === 'remove') {
            const before = api.version();
            api.remove(one.name);
            if (api.version() > before) history.push(`gone@${api.version()}`);
          } else if (one.do === 'wait') await clock.advance(one.ms);
          else if (one.do === 'restart') {
            subject.stop();
            await clock.advance(0);
            subject.begin();
          } else breakWatch(api, one.do);
          await clock.advance(0);
        }
        await clock.advance(400_000);
        await clock.advance(400_000);
        subject.stop();

        checkEachObject(told);
        const list = await api.request({ path: '/api/v1/pods', timeoutMs: 1 });
        let text = '';
        for await (const part of list.body) text += Buffer.from(part).toString();
        const items = (
          JSON.parse(text) as { items: { metadata: { name: string; uid: string; resourceVersion: string } }[] }
        ).items;
        const truth = items.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`);
        const held = [...subject.store.values()].map((known) => `${known.name} ${known.uid} ${known.resourceVersion}`);
        expect(held.toSorted()).toEqual(truth.toSorted());
        const seen = told.map((one) =>
          one.op === 'delete' ? `gone@${one.resourceVersion}` : `${one.uid}@${one.resourceVersion}`,
        );
        expect(subject.relists() > 1 || isDeepStrictEqual(seen, history)).toBe(true);
      }),
      { numRuns: runs(60), seed: firstSeed(20260101) },
    );
  },
  limitMs(60_000),
);

/** For each uid: told first as list or add, its versions rise, its end is told once and is the last. */
function checkEachObject(told: readonly Change[]): void {
  const lives = new Map<string, Change[]>();
  for (const change of told) lives.set(change.uid, [...(lives.get(change.uid) ?? []), change]);
  for (const life of lives.values()) {
    const versions = life.filter((one) => one.op !== 'vanished').map((one) => Number(one.resourceVersion));
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(['list', 'add']).toContain(life[0]?.op);
    const ends = life.map((one) => one.op === 'delete' || one.op === 'vanished');
    expect(ends.slice(0, -1)).not.toContain(true);
    expect(life.slice(1).map((one) => one.op)).not.toContain('add');
  }
}
