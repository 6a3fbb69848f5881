import { describe, expect, test } from 'vitest';
import type { Op } from '../../../schemas/entry.ts';
import { Harness, wire } from './testing.ts';
import { settled } from './testing-deployment.ts';
import { died, pod } from './testing-objects.ts';

const CLONE_SET = { kind: 'CloneSet', name: 'shop', uid: 'cs-1', apiVersion: 'apps.kruise.io/v1alpha1' };

/** Pods of a controller that has no entries of its own. */
class Clones {
  readonly harness = new Harness();
  told(at: number, name: string, hash: string, more: Partial<Parameters<typeof pod>[1]> = {}, op: Op = 'update'): this {
    const labels = { 'controller-revision-hash': hash };
    this.harness.pod(at, pod(name, { owner: CLONE_SET, labels, created: at, image: `shop:${hash}`, ...more }), op);
    return this;
  }
  three(hash = '1'): this {
    for (const name of ['a', 'b', 'c']) this.told(10, name, hash, { created: -100, ready: -90 }, 'list');
    this.harness.beat(20);
    return this;
  }
}

describe('a controller that is not known', () => {
  test('that had no pods for an hour and does the same again has rolled out twice', () => {
    const clones = new Clones();
    const { harness } = clones;
    for (const at of [100, 5000]) {
      clones.told(at, `a${at}`, '1', { ready: at }, 'add');
      harness.beat(at + 10);
      clones.told(at + 20, `b${at}`, '2', { ready: at + 20 }, 'add');
      clones.told(at + 30, `a${at}`, '1', {}, 'delete');
      clones.told(at + 40, `b${at}`, '2', {}, 'delete');
      for (let beat = at + 50; beat < at + 4000; beat += 600) harness.beat(beat);
    }
    expect(harness.list).toHaveLength(2);
  });

  test('is no rollout while all its pods are of one template', () => {
    const { harness } = new Clones().three().told(30, 'd', '1', { ready: 35 }, 'add').told(40, 'a', '1', {}, 'delete');
    expect(harness.list).toEqual([]);
  });

  test('has begun one with the first pod of another hash; it is over once as many are ready and no old one is left', () => {
    const clones = new Clones().three();
    const { harness } = clones;
    clones.told(100.5, 'd', '2', { created: 100 }, 'add');
    expect(harness.last).toMatchObject({
      kind: 'change',
      outcome: 'progressing',
      workload_kind: 'CloneSet',
      workload: 'shop',
      workload_uid: 'cs-1',
      revision: '2',
      wanted: 3,
      updated: 1,
      available: 3,
      started_at: wire(100),
      changed: ['containers[app].image'],
      images_before: { app: 'shop:1' },
      images_after: { app: 'shop:2' },
    });
    clones.told(102, 'd', '2', { created: 100, ready: 102 }).told(103, 'a', '1', { created: -100, deleted: 103 });
    clones
      .told(104, 'e', '2', { ready: 104 }, 'add')
      .told(104, 'b', '1', {}, 'delete')
      .told(105, 'c', '1', {}, 'delete');
    expect(harness.last).toMatchObject({ outcome: 'progressing', updated: 2 });
    clones.told(105.5, 'f', '2', { created: 105 }, 'add');
    expect(harness.last).toMatchObject({ outcome: 'progressing', updated: 3, available: 2 });
    clones.told(106, 'f', '2', { created: 105, ready: 106 });
    expect(harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(106), updated: 3, available: 3 });
    clones.told(110, 'g', '2', {}, 'add');
    expect(harness.story).toEqual(['change completed']);
  });

  test('that deletes its pods first wants as many as there were', () => {
    const clones = new Clones().three();
    for (const name of ['a', 'b', 'c']) clones.told(100, name, '1', {}, 'delete');
    clones.told(101, 'd', '2', { ready: 102 }, 'add').told(103, 'e', '2', { ready: 104 }, 'add');
    expect(clones.harness.last).toMatchObject({ wanted: 3, outcome: 'progressing' });
    clones.told(105, 'f', '2', { ready: 106 }, 'add');
    expect(clones.harness.last.outcome).toBe('completed');
  });

  test('that was made smaller long ago wants as many as it has', () => {
    const clones = new Clones().three();
    for (const name of ['a', 'b']) clones.told(100, name, '1', {}, 'delete');
    clones.told(1000, 'd', '2', { ready: 1001 }, 'add').told(1002, 'c', '1', {}, 'delete');
    expect(clones.harness.last).toMatchObject({ wanted: 1, outcome: 'completed' });
  });

  test('with two templates at first sight is in the middle: the youngest pod is of the new one, in whatever order they are told', () => {
    const clones = new Clones();
    clones
      .told(10, 'a', '2', { created: -20, ready: -10 }, 'list')
      .told(10.5, 'a', '2', { created: -20, ready: -9 })
      .told(11, 'b', '1', { created: -100, ready: -90 }, 'list');
    expect(clones.harness.list).toEqual([]);
    clones.harness.beat(20);
    expect(clones.harness.last).toMatchObject({ revision: '2', outcome: 'progressing', started_at: wire(-20) });
  });

  test('whose new pods give way to the old ones is rolled back', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', {}, 'add').told(110, 'd', '2', { created: 100, deleted: 110 });
    expect(clones.harness.last).toMatchObject({ outcome: 'rolled-back', finished_at: wire(110) });
    clones.told(120, 'a2', '1', { ready: 121 }, 'add');
    expect(clones.harness.story).toEqual(['change rolled-back']);
  });

  test('knows an earlier template when it comes back, and ends a rollout by the next', () => {
    const clones = new Clones();
    clones.told(10, 'a', '1', { created: -100, ready: -90 }, 'list').harness.beat(20);
    clones.told(100, 'b', '2', { ready: 100 }, 'add').told(101, 'a', '1', {}, 'delete');
    clones.told(200, 'c', '3', {}, 'add').told(210, 'd', '4', {}, 'add');
    clones.told(220, 'e', '1', { ready: 221 }, 'add');
    expect(clones.harness.story).toEqual([
      'change completed',
      'change superseded',
      'change rolled-back',
      'rollback progressing',
    ]);
  });

  test('an old pod that is made anew while it lasts changes nothing', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', { ready: 101 }, 'add').told(105, 'a', '1', {}, 'delete').told(106, 'a2', '1', {}, 'add');
    expect(clones.harness.story).toEqual(['change progressing']);
  });

  test('fails by a death of a new pod, and by our deadline while a pod is not ready', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', {}, 'add').told(105, 'd', '2', { created: 100, status: died(105) });
    expect(clones.harness.last.outcome).toBe('failed');
    const slow = new Clones().three();
    slow.told(100, 'd', '2', {}, 'add').harness.beats(110, 700);
    expect(slow.harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(700) });
  });

  test('is held where old and new pods stand side by side, all ready', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', { ready: 101 }, 'add').harness.beats(110, 700);
    expect(clones.harness.last).toMatchObject({ outcome: 'held', reason: 'old and new pods stand side by side' });
  });

  test('that wants fewer now is over once it stands', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', { ready: 101 }, 'add');
    for (const name of ['a', 'b', 'c']) clones.told(110, name, '1', {}, 'delete');
    expect(clones.harness.last.outcome).toBe('progressing');
    clones.harness.beats(120, 710);
    expect(clones.harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(110) });
  });

  test('without pods for an hour is forgotten, and its rollout over', () => {
    const clones = new Clones().three();
    clones.told(100, 'd', '2', {}, 'add');
    for (const name of ['a', 'b', 'c', 'd']) clones.told(110, name, '1', {}, 'delete');
    clones.harness.beat(3700);
    expect(clones.harness.stateJson).toContain('group/');
    clones.harness.beat(3710);
    expect(clones.harness.last).toMatchObject({ finished_at: wire(3710) });
    expect(clones.harness.stateJson).not.toContain('group/');
  });
});

test('Argo’s Rollout is known by its label', () => {
  const harness = new Harness();
  const told = (at: number, name: string, hash: string, op: Op) =>
    harness.pod(
      at,
      pod(`shop-${hash}-${name}`, {
        owner: { kind: 'ReplicaSet', name: `shop-${hash}`, uid: `rs-${hash}` },
        labels: { 'rollouts-pod-template-hash': hash },
        created: at,
        ready: at,
      }),
      op,
    );
  told(10, 'a', 'aaa', 'list');
  harness.beat(20);
  told(100, 'b', 'bbb', 'add');
  expect(harness.last).toMatchObject({ workload_kind: 'Rollout', workload: 'shop', outcome: 'progressing' });
});

test('whoever else stands over a ReplicaSet is told by its entry, also when that comes after its pods', () => {
  const harness = new Harness();
  const owner = { kind: 'Canary', name: 'shop', uid: 'canary-1', apiVersion: 'example.org/v1', controller: true };
  const told = (at: number, hash: string, op: Op) =>
    harness.pod(
      at,
      pod(`shop-${hash}-x`, {
        owner: { kind: 'ReplicaSet', name: `shop-${hash}`, uid: `rs-${hash}` },
        labels: { 'pod-template-hash': hash },
        created: at,
        ready: at,
      }),
      op,
    );
  const replicaSet = (at: number, hash: string) =>
    harness.workload(at, {
      name: `shop-${hash}`,
      uid: `rs-${hash}`,
      kind: 'ReplicaSet',
      metadata: { labels: { 'pod-template-hash': hash }, ownerReferences: [owner] },
    });
  told(10, 'aaa', 'list');
  replicaSet(11, 'aaa');
  harness.beat(20);
  replicaSet(100, 'bbb');
  told(101, 'bbb', 'add');
  harness.beat(110);
  expect(harness.last).toMatchObject({
    workload_kind: 'Canary',
    workload_uid: 'canary-1',
    outcome: 'progressing',
    revision: 'bbb',
  });
});

describe('workloads that may not be read', () => {
  const coverage = (harness: Harness, at: number, state: string, namespace = '') =>
    harness.apply(
      harness.entry(
        at,
        'coverage',
        'add',
        { kind: 'workload/deployments', namespace, state, from: wire(at), to: null, reason: '', vanished: 0 },
        '',
        '',
        '',
      ),
    );
  const told = (harness: Harness, at: number, name: string, hash: string, op: Op) =>
    harness.pod(
      at,
      pod(`shop-${hash}-${name}`, {
        owner: { kind: 'ReplicaSet', name: `shop-${hash}`, uid: `rs-${hash}` },
        labels: { 'pod-template-hash': hash },
        created: at,
        ready: at,
      }),
      op,
    );

  test('are followed by their pods; while they may be read, pods alone begin nothing', () => {
    const readable = new Harness();
    told(readable, 10, 'a', 'aaa', 'list');
    told(readable, 100, 'b', 'bbb', 'add');
    readable.beat(200);
    expect(readable.list).toEqual([]);

    const harness = new Harness();
    told(harness, 10, 'a', 'aaa', 'list');
    coverage(harness, 11, 'unreadable');
    harness.beat(20);
    told(harness, 100, 'b', 'bbb', 'add');
    expect(harness.last).toMatchObject({ workload_kind: 'Deployment', workload: 'shop', outcome: 'progressing' });
  });

  test('in one namespace are followed there alone', () => {
    for (const [namespace, rollouts] of [
      ['web', 1],
      ['other', 0],
    ] as const) {
      const harness = new Harness();
      coverage(harness, 5, 'unreadable', namespace);
      told(harness, 10, 'a', 'aaa', 'list');
      harness.beat(20);
      told(harness, 100, 'b', 'bbb', 'add');
      expect(harness.list).toHaveLength(rollouts);
    }
  });

  test('but could be read before are still those that were read', () => {
    const harness = new Harness();
    const shop = settled(harness);
    coverage(harness, 20, 'unreadable');
    told(harness, 30, 'a', shop.current.hash, 'add');
    told(harness, 40, 'b', 'bbb', 'add');
    expect(harness.list).toEqual([]);
  });

  test('are followed themselves once they can be read', () => {
    const harness = new Harness();
    coverage(harness, 5, 'unreadable');
    told(harness, 10, 'a', 'aaa', 'list');
    harness.beat(20);
    told(harness, 100, 'b', 'bbb', 'add');
    coverage(harness, 110, 'watching');
    harness.workload(
      111,
      {
        name: 'shop',
        uid: 'd-1',
        kind: 'Deployment',
        metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: {},
        status: {},
      },
      'list',
    );
    expect(harness.last).toMatchObject({ outcome: 'superseded', finished_at: wire(111) });
    expect(harness.stateJson).not.toContain('group/');
  });
});
