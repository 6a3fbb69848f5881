import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import type { Op } from '../../../schemas/entry.ts';
import { RolloutRow } from '../../../schemas/rollouts.ts';
import { firstSeed, limitMs, runs } from '../../../tests/soak.ts';
import { Harness } from './testing.ts';
import type { NamedObject } from './testing.ts';
import { SimDeployment, settled } from './testing-deployment.ts';
import type { Tape, Template } from './testing-objects.ts';
import { died, pod, projected } from './testing-objects.ts';
import type { SimSlotted } from './testing-slotted.ts';
import { settledSlotted } from './testing-slotted.ts';

/** A workload's true history against what the fold makes of its entries, whatever is repeated or restarted between. */
type Step =
  | { does: 'template'; template: number }
  | { does: 'scale'; replicas: number }
  | { does: 'pause' | 'act' | 'part' | 'done' | 'list' | 'new-pod' | 'old-dies' | 'new-dies' | 'beat' | 'evicted' };

const RESTARTED = { 'kubectl.kubernetes.io/restartedAt': '2026-03-01T10:00:00Z' };
const TEMPLATES: readonly Template[] = [
  { image: 'shop:1' },
  { image: 'shop:2' },
  { image: 'shop:2', unrecorded: 'checksum' },
  { image: 'shop:1', annotations: RESTARTED },
  { image: 'shop:3', env: { DB: 'aaaa' } },
];
const DOES = ['act', 'part', 'done', 'list', 'new-pod', 'old-dies', 'new-dies', 'beat', 'evicted'] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('template' as const), template: fc.nat({ max: TEMPLATES.length - 1 }) }),
  fc.record({ does: fc.constant('scale' as const), replicas: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ does: fc.constant('pause' as const) }),
  { arbitrary: fc.record({ does: fc.constantFrom(...DOES) }), weight: 6 },
);
const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 90 }), fc.boolean()), { minLength: 1, maxLength: 40 });

/** Gives each entry to several harnesses. */
class Tapes implements Tape {
  readonly plain = new Harness();
  readonly restarted = new Harness({ restarts: true });
  readonly repeated = new Harness({ repeats: true });
  readonly cut = new Harness();
  readonly #all = [this.plain, this.restarted, this.repeated, this.cut];

  workload(at: number, object: NamedObject, op: Op = 'update'): void {
    for (const harness of this.#all) harness.workload(at, object, op);
  }
  pod(at: number, object: NamedObject, op: Op = 'update'): void {
    for (const harness of this.#all) harness.pod(at, object, op);
  }
  beat(at: number): void {
    for (const harness of this.#all) harness.beat(at);
  }

  /** What one that was neither restarted nor told anything twice has made, and what the others have. */
  get outcomes(): { like: string[]; others: string[] } {
    const told = (harness: Harness) => JSON.stringify([[...harness.rows].sort(), harness.stateJson]);
    const others = [this.restarted, this.repeated, this.cut].map(told);
    return { like: others.map(() => told(this.plain)), others };
  }
}

interface True {
  kind: string;
  failed: boolean;
  over: string;
}

/** Plays steps on a Deployment and keeps what is true of its rollouts. */
class TrueHistory {
  readonly tapes = new Tapes();
  readonly rollouts: True[] = [];
  readonly shop = settled(this.tapes, 10, { template: TEMPLATES[0] });
  readonly #seen = [JSON.stringify(projected(TEMPLATES[0] as Template))];
  #acted = true;
  #old = this.shop.current.hash;
  #pods = 0;

  get open(): True | undefined {
    const last = this.rollouts.at(-1);
    return last?.over === '' ? last : undefined;
  }

  play(at: number, { does, ...more }: Step): void {
    const { shop } = this;
    if (does === 'template' && 'template' in more) this.#change(at, TEMPLATES[more.template] as Template);
    else if (does === 'scale' && 'replicas' in more) shop.scale(at, more.replicas);
    else if (does === 'pause') {
      shop.edit(at, (own) => void (own.paused = !own.paused)).tell(at);
      this.#act(at);
      shop.status(at, this.#acted ? {} : { updated: 0 });
    } else if (does === 'act') this.#act(at);
    else if (does === 'part') this.#count(at, false);
    else if (does === 'done') this.#count(at, true);
    else if (does === 'list') shop.tell(at, 'list').tellSets(at);
    else if (does === 'beat') this.tapes.beat(at);
    else this.#pod(at, does as 'new-pod' | 'old-dies' | 'new-dies' | 'evicted');
  }

  #change(at: number, template: Template): void {
    const { shop, open } = this;
    if (JSON.stringify(template) === JSON.stringify(shop.template)) return;
    const before = JSON.stringify(projected(shop.template));
    const text = JSON.stringify(projected(template));
    // What is not recorded shows once its controller acts; a paused one does not.
    if (text === before && (shop.paused || !this.#acted)) return;
    if (this.#acted) this.#old = shop.current.hash;
    const back = text !== before && this.#seen.includes(text);
    if (open) open.over = back ? 'rolled-back' : 'superseded';
    const image = (own: Template) => own.image;
    const isRestart =
      text !== before && image(template) === image(shop.template) && !template.env && !shop.template.env;
    this.rollouts.push({ kind: back ? 'rollback' : isRestart ? 'restart' : 'change', failed: false, over: '' });
    this.#seen.push(text);
    shop.edit(at, (own) => void (own.template = template)).tell(at);
    this.#acted = false;
    if (text === before) this.#act(at + 0.2);
  }

  #act(at: number): void {
    if (this.#acted || this.shop.paused) return;
    this.shop.act(at);
    this.#acted = true;
  }

  #count(at: number, all: boolean): void {
    this.#act(at);
    const { shop } = this;
    if (!all || !this.#acted) {
      shop.status(at + 0.3, { total: shop.replicas + 1, updated: this.#acted ? shop.replicas - 1 : 0, available: 1 });
      return;
    }
    shop.done(at + 0.3);
    if (this.open) this.open.over = 'completed';
  }

  #pod(at: number, does: 'new-pod' | 'old-dies' | 'new-dies' | 'evicted'): void {
    if (!this.#acted) return;
    const { shop } = this;
    const { hash } = shop.current;
    const name = `p${this.#pods++}`;
    shop.pod(at, name, { hash, created: at }, 'add');
    if (does === 'new-pod') return;
    if (does === 'old-dies' && this.#old !== hash) {
      shop.pod(at + 0.2, `${name}-old`, { hash: this.#old, created: at, status: died(Math.floor(at)) });
    } else if (does === 'evicted') {
      shop.pod(at + 0.4, name, { hash, created: at, disrupted: at, status: died(Math.ceil(at) + 1, 137) });
    } else if (does === 'new-dies') {
      shop.pod(at + 1.5, name, { hash, created: at, status: died(Math.floor(at) + 1) });
      if (this.open) this.open.failed = true;
    }
  }

  get story(): string[] {
    return this.rollouts.map(({ kind, failed, over }) => {
      const lasts = this.shop.paused ? 'paused' : 'progressing';
      return `${kind} ${failed ? 'failed' : over || lasts} ${over === '' ? 'open' : 'over'}`;
    });
  }
}

const checkRow = Compile(RolloutRow);

function expectSound(harness: Harness, firstSeen: Map<string, string>): void {
  for (const row of harness.list) {
    expect([...checkRow.Errors({ ...row, version: 1 })]).toEqual([]);
    expect(row.observed_at).toBe(firstSeen.get(row.id) ?? row.observed_at);
    firstSeen.set(row.id, row.observed_at);
    expect(row.started_earliest <= row.started_at && row.started_at <= row.observed_at).toBe(true);
    expect(row.finished_at === null || row.finished_at >= row.started_at).toBe(true);
    expect(row.failed_at === null || row.failed_at >= row.started_at).toBe(true);
    expect(row.outcome === 'failed').toBe(row.failed_at !== null);
  }
  expect(harness.list.filter(({ finished_at }) => finished_at === null).length).toBeLessThanOrEqual(1);
}

test(
  'a Deployment’s rollouts are those of its true history, with every entry repeated and every state loaded anew',
  () => {
    fc.assert(
      fc.property(steps, (history) => {
        const truth = new TrueHistory();
        const firstSeen = new Map<string, string>();
        let at = 200;
        for (const [own, wait, cut] of history) {
          truth.play(at, own);
          if (cut) truth.tapes.cut.restart();
          expectSound(truth.tapes.plain, firstSeen);
          at += wait + 3;
        }
        truth.tapes.beat(at);
        const told = truth.tapes.plain.list.map(
          ({ kind, outcome, finished_at }) => `${kind} ${outcome} ${finished_at === null ? 'open' : 'over'}`,
        );
        expect(told).toEqual(truth.story);
        expect(truth.tapes.outcomes.others).toEqual(truth.tapes.outcomes.like);
        truth.shop.tell(at + 1, 'delete');
        truth.tapes.beat(at + 700);
        expect(truth.tapes.plain.list.every(({ finished_at }) => finished_at !== null)).toBe(true);
        expect(truth.tapes.plain.stateJson).not.toContain('workload/');
      }),
      { numRuns: runs(150), seed: firstSeed(20260301) },
    );
  },
  limitMs(30_000),
);

/** Of the others only that restarts and repeats change nothing, and that each change of the template is a row. */
function playSlotted(tapes: Tapes, shop: SimSlotted, at: number, { does, ...more }: Step): boolean {
  const { replicas } = shop;
  if (does === 'template' && 'template' in more) {
    const template = TEMPLATES[more.template] as Template;
    if (JSON.stringify(template) === JSON.stringify(shop.template)) return false;
    shop
      .edit(at, (own) => void (own.template = template))
      .tell(at)
      .act(at + 0.2);
    return true;
  }
  if (does === 'scale' && 'replicas' in more) shop.edit(at, (own) => void (own.replicas = more.replicas)).tell(at);
  else if (does === 'part') shop.status(at, { total: replicas, updated: replicas - 1, available: replicas - 1 });
  else if (does === 'done') shop.done(at);
  else if (does === 'list') shop.tell(at, 'list');
  else if (does === 'beat') tapes.beat(at);
  else if (does === 'new-pod') shop.pod(at, `p${at}`, {}, 'add');
  else if (does === 'new-dies') shop.pod(at + 1.5, `p${at}`, { created: at, status: died(at + 1) });
  return false;
}

test.each(['StatefulSet', 'DaemonSet'] as const)(
  'each change of a %s is a row, with every entry repeated and every state loaded anew',
  (kind) => {
    fc.assert(
      fc.property(steps, (history) => {
        const tapes = new Tapes();
        const shop = settledSlotted(tapes, kind);
        const firstSeen = new Map<string, string>();
        let at = 200;
        let changes = 0;
        for (const [own, wait, cut] of history) {
          if (playSlotted(tapes, shop, at, own)) changes += 1;
          if (cut) tapes.cut.restart();
          expectSound(tapes.plain, firstSeen);
          at += wait * 10;
        }
        tapes.beat(at);
        expect(tapes.plain.list).toHaveLength(changes);
        expect(tapes.outcomes.others).toEqual(tapes.outcomes.like);
      }),
      { numRuns: runs(80), seed: firstSeed(20260302) },
    );
  },
  limitMs(30_000),
);

const podStep = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  hash: fc.constantFrom('1', '2', '3'),
  op: fc.constantFrom<Op>('list', 'add', 'update', 'update', 'delete', 'vanished'),
  state: fc.constantFrom('ready', 'young', 'dead', 'going'),
  wait: fc.integer({ min: 1, max: 300 }),
  cut: fc.boolean(),
});

test(
  'a controller that is known by its pods: restarts and repeats change nothing',
  () => {
    const owner = { kind: 'CloneSet', name: 'shop', uid: 'cs-1', apiVersion: 'apps.kruise.io/v1alpha1' };
    fc.assert(
      fc.property(fc.array(podStep, { minLength: 1, maxLength: 40 }), (history) => {
        const tapes = new Tapes();
        const firstSeen = new Map<string, string>();
        const gone = new Set<string>();
        let at = 200;
        for (const { name, hash, op, state, wait, cut } of history) {
          at += wait;
          const uid = `${name}-${hash}`;
          // A uid never comes back.
          if (gone.has(uid)) continue;
          if (op === 'delete' || op === 'vanished') gone.add(uid);
          const setting = { owner, labels: { 'controller-revision-hash': hash }, created: 100, image: `shop:${hash}` };
          const told = pod(uid, {
            ...setting,
            ...(state === 'ready' && { ready: at - 1 }),
            ...(state === 'going' && { deleted: at - 1 }),
            ...(state === 'dead' && { status: died(at - 1) }),
          });
          tapes.pod(at, told, op);
          if (cut) tapes.cut.restart();
          expectSound(tapes.plain, firstSeen);
        }
        for (const beat of [10, 700, 1400, 8000]) tapes.beat(at + beat);
        expect(tapes.outcomes.others).toEqual(tapes.outcomes.like);
      }),
      { numRuns: runs(150), seed: firstSeed(20260303) },
    );
  },
  limitMs(30_000),
);

test('a Deployment that is made in the journal has one rollout more', () => {
  const tapes = new Tapes();
  const shop = new SimDeployment(tapes, { at: 100 });
  shop.tell(100.2, 'add').act(100.4).done(110).image(120, 'shop:2').act(121).done(130);
  expect(tapes.plain.story).toEqual(['create completed', 'change completed']);
  expect(tapes.outcomes.others).toEqual(tapes.outcomes.like);
});
