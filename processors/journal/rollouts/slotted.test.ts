import { describe, expect, test } from 'vitest';
import { Harness, wire } from './testing.ts';
import { pod } from './testing-objects.ts';
import { settledSlotted, SimSlotted } from './testing-slotted.ts';

const start = (kind: 'StatefulSet' | 'DaemonSet', change?: (own: SimSlotted) => void, options?: unknown) => {
  const harness = new Harness(options === undefined ? {} : { options });
  return { harness, shop: settledSlotted(harness, kind, change) };
};

describe('a StatefulSet', () => {
  test('that stands is no rollout, nor is one whose pods fail', () => {
    const { harness, shop } = start('StatefulSet');
    shop.status(20, { available: 1 });
    expect(harness.list).toEqual([]);
    const other = new Harness();
    const failing = new SimSlotted(other, 'StatefulSet', { at: -3600 });
    failing.control();
    failing.status(10, { total: 3, updated: 3, available: 1 });
    expect(other.list).toEqual([]);
  });

  test('is rolled out pod by pod; over once its current revision is the new one', () => {
    const { harness, shop } = start('StatefulSet');
    shop.image(100, 'shop:2').act(100.4);
    expect(harness.last).toMatchObject({
      kind: 'change',
      revision: `shop-${shop.hash}`,
      updated: 0,
      started_at: wire(100),
    });
    shop.status(110, { updated: 2, available: 2 }).status(120, { updated: 2, available: 3 });
    shop.counts = { total: 3, updated: 3, available: 3 };
    shop.tell(130);
    expect(harness.last).toMatchObject({ outcome: 'progressing', updated: 3 });
    shop.done(131);
    expect(harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(131) });
  });

  test('that is made while the agent watches is created', () => {
    const harness = new Harness();
    const shop = new SimSlotted(harness, 'StatefulSet', { at: 50 });
    shop.tell(50.5, 'add').act(51).status(60, { total: 1, updated: 1, available: 0 });
    expect(harness.story).toEqual(['create progressing']);
    shop.done(90);
    expect(harness.story).toEqual(['create completed']);
  });

  test('in the middle at first sight is a rollout', () => {
    const harness = new Harness();
    const shop = new SimSlotted(harness, 'StatefulSet', { at: -3600 });
    shop.control();
    shop.count({ total: 3, updated: 3, available: 3 });
    shop.edit(-60, (own) => void (own.template = { image: 'shop:2' }), 'helm');
    shop.control();
    shop.count({ updated: 1 }).tell(10, 'list');
    expect(harness.last).toMatchObject({
      kind: 'change',
      outcome: 'progressing',
      started_at: wire(-60),
      manager: 'helm',
      updated: 1,
    });
    shop.done(20);
    expect(harness.story).toEqual(['change completed']);
  });

  test('that its controller has not looked at is decided once it has', () => {
    const harness = new Harness();
    const shop = new SimSlotted(harness, 'StatefulSet', { at: -3600 });
    shop.control();
    shop.count({ total: 3, updated: 3, available: 3 });
    shop.edit(5, (own) => void (own.template = { image: 'shop:2' })).tell(10, 'list');
    expect(harness.list).toEqual([]);
    shop.act(11);
    expect(harness.story).toEqual(['change progressing']);
  });

  test('with a partition is held once the pods from there on are new, and goes on when it is lowered', () => {
    const { harness, shop } = start('StatefulSet', (own) => {
      own.strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
    });
    shop.image(100, 'shop:2').act(100.4);
    expect(harness.last.outcome).toBe('progressing');
    shop.status(110, { updated: 1, available: 2 });
    expect(harness.last.outcome).toBe('progressing');
    shop.status(120, { updated: 1, available: 3 });
    expect(harness.last).toMatchObject({ outcome: 'held', reason: 'held by its partition of 2', finished_at: null });
    harness.beats(130, 4000);
    expect(harness.last.outcome).toBe('held');
    shop
      .edit(4100, (own) => void (own.strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }))
      .status(4100);
    expect(harness.last.outcome).toBe('progressing');
    harness.beats(4110, 4600);
    expect(harness.last.outcome).toBe('progressing');
    shop.done(4610);
    expect(harness.story).toEqual(['change completed']);
  });

  test('whose pods a person deletes is held until the last is new; its current revision never moves', () => {
    const { harness, shop } = start('StatefulSet', (own) => void (own.strategy = { type: 'OnDelete' }));
    shop.image(100, 'shop:2').act(100.4).status(101);
    expect(harness.last).toMatchObject({ outcome: 'held', reason: 'waits for its pods to be deleted' });
    shop.status(200, { updated: 2 });
    expect(harness.last.outcome).toBe('held');
    shop.done(300);
    expect(harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(300) });
    expect(shop.currentRevision).not.toBe(shop.updateRevision);
  });

  test('of what is not recorded is told by its update revision', () => {
    const { harness, shop } = start('StatefulSet');
    shop
      .edit(100, (own) => void (own.template = { ...own.template, unrecorded: 'x' }))
      .tell(100)
      .act(100.4);
    expect(harness.last).toMatchObject({ kind: 'change', changed: [], revision: `shop-${shop.hash}` });
    shop.done(120);
    expect(harness.story).toEqual(['change completed']);
  });

  test('of a server without a count of available pods is over when all are ready', () => {
    const { harness, shop } = start('StatefulSet');
    shop.image(100, 'shop:2').act(100.4);
    shop.count({ updated: 3 });
    const { availableReplicas: _, ...status } = shop.object['status'] as Record<string, unknown>;
    harness.workload(120, { ...shop.object, status });
    expect(harness.story).toEqual(['change completed']);
  });

  test('with no pods wanted is over once its controller has looked', () => {
    const { harness, shop } = start('StatefulSet', (own) => void (own.replicas = 0));
    shop.image(100, 'shop:2').tell(100.1);
    expect(harness.last.outcome).toBe('progressing');
    shop.act(100.4).done(100.6);
    expect(harness.story).toEqual(['change completed']);
  });
});

describe('a DaemonSet', () => {
  test('is rolled out node by node', () => {
    const { harness, shop } = start('DaemonSet');
    shop.image(100, 'shop:2').act(100.4);
    expect(harness.last).toMatchObject({ kind: 'change', revision: '2', updated: 0, wanted: 3 });
    shop.status(110, { updated: 1, available: 2 }).status(120, { updated: 3, available: 2 });
    expect(harness.last.outcome).toBe('progressing');
    shop.done(130);
    expect(harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(130) });
  });

  test('with a new node is no rollout, also at first sight', () => {
    const { harness, shop } = start('DaemonSet', (own) => void (own.replicas = 4));
    shop.replicas = 5;
    shop.status(100).done(110);
    expect(harness.list).toEqual([]);
    const other = new Harness();
    const growing = new SimSlotted(other, 'DaemonSet', { at: -3600 });
    growing.control();
    growing.count({ total: 2, updated: 2, available: 2 }).tell(10, 'list');
    expect(other.list).toEqual([]);
  });

  test('in the middle at first sight is a rollout', () => {
    const harness = new Harness();
    const shop = new SimSlotted(harness, 'DaemonSet', { at: -3600 });
    shop.edit(-60, (own) => void (own.template = { image: 'shop:2' }));
    shop.control();
    shop.count({ total: 3, updated: 1, available: 3 }).tell(10, 'list');
    expect(harness.last).toMatchObject({ kind: 'change', outcome: 'progressing', started_at: wire(-60) });
  });

  test('of which no node wants a pod is over once its controller has looked', () => {
    const { harness, shop } = start('DaemonSet', (own) => void (own.replicas = 0));
    shop.image(100, 'shop:2');
    expect(harness.last.outcome).toBe('progressing');
    shop.act(100.4);
    expect(harness.last.outcome).toBe('completed');
  });

  test('whose pods a person deletes is held', () => {
    const { harness, shop } = start('DaemonSet', (own) => void (own.strategy = { type: 'OnDelete' }));
    shop.image(100, 'shop:2').act(100.4).status(110, { updated: 1 });
    harness.beats(120, 2000);
    expect(harness.last.outcome).toBe('held');
    shop.done(2010);
    expect(harness.story).toEqual(['change completed']);
  });

  test('of what is not recorded is told by its template generation', () => {
    const { harness, shop } = start('DaemonSet');
    shop.edit(100, (own) => void (own.template = { ...own.template, unrecorded: 'x' })).tell(100);
    expect(harness.last).toMatchObject({ kind: 'change', changed: [], revision: '2', outcome: 'progressing' });
  });

  test('changed and changed back while nobody looked is no rollout', () => {
    const { harness, shop } = start('DaemonSet');
    for (const image of ['shop:2', 'shop:1']) {
      shop.edit(100, (own) => void (own.template = { image }));
      shop.control();
    }
    shop.count({ updated: 3 }).tell(400, 'list');
    expect(harness.list).toEqual([]);
    shop.status(410, { available: 2 });
    expect(harness.list).toEqual([]);
  });
});

describe('our deadline', () => {
  test.each(['StatefulSet', 'DaemonSet'] as const)(
    'fails a %s after 10 minutes without progress, at a heartbeat',
    (kind) => {
      const { harness, shop } = start(kind);
      shop.image(100, 'shop:2').act(101).status(200, { updated: 1, available: 2 });
      harness.beats(210, 790);
      expect(harness.last.outcome).toBe('progressing');
      harness.beat(800);
      expect(harness.last).toMatchObject({
        outcome: 'failed',
        failed_at: wire(800),
        finished_at: null,
        reason: 'no progress for 10 minutes: of 3 wanted, 1 are updated and 2 available',
      });
      shop.done(900);
      expect(harness.last).toMatchObject({ outcome: 'failed', finished_at: wire(900) });
    },
  );

  test('waits anew with each pod, and with each scaling', () => {
    const { harness, shop } = start('StatefulSet');
    shop.image(100, 'shop:2').act(101).status(500, { updated: 1, available: 2 });
    harness.beats(510, 990);
    shop.status(1000, { updated: 1, available: 3 });
    harness.beats(1010, 1490);
    shop.edit(1500, (own) => void (own.replicas = 4)).tell(1500);
    harness.beats(1510, 2090);
    expect(harness.last.outcome).toBe('progressing');
    harness.beat(2100);
    expect(harness.last.outcome).toBe('failed');
  });

  test('waits anew where a new pod comes beside the old ones', () => {
    const { harness, shop } = start('DaemonSet');
    shop.image(100, 'shop:2').act(101).status(110, {}).status(500, { total: 4, updated: 1, available: 3 });
    harness.beats(510, 1090);
    expect(harness.last.outcome).toBe('progressing');
    harness.beat(1100);
    expect(harness.last.outcome).toBe('failed');
  });

  test('can be set, and leaves a pod its minReadySeconds', () => {
    const { harness, shop } = start('StatefulSet', (own) => void (own.minReadySeconds = 300), { deadline_minutes: 1 });
    shop.image(100, 'shop:2');
    harness.beats(110, 450);
    expect(harness.last.outcome).toBe('progressing');
    harness.beat(460);
    expect(harness.last.outcome).toBe('failed');
  });

  test('holds where the controller never looks', () => {
    const { harness, shop } = start('DaemonSet');
    shop.image(100, 'shop:2');
    harness.beats(110, 700);
    expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(700) });
  });

  test('waits for pods on nodes that are away, and for no others', () => {
    const { harness, shop } = start('DaemonSet');
    const old = shop.hash;
    for (const node of ['node-1', 'node-2', 'node-3']) shop.pod(20, node, { hash: old, node });
    shop.image(100, 'shop:2').act(101);
    harness.node(110, 'node-3', 'Unknown');
    shop.status(200, { updated: 2, available: 2 });
    harness.beats(210, 800);
    expect(harness.last).toMatchObject({
      outcome: 'progressing',
      reason: 'waits for 1 of its pods, whose nodes are away',
    });
    harness.node(900, 'node-3', 'True');
    harness.beats(910, 1390);
    expect(harness.last.outcome).toBe('progressing');
    harness.beat(1400);
    expect(harness.last.outcome).toBe('failed');
  });

  test('does not wait where more is missing than the nodes that are away', () => {
    const { harness, shop } = start('DaemonSet');
    const old = shop.hash;
    for (const node of ['node-1', 'node-2', 'node-3']) shop.pod(20, node, { hash: old, node });
    shop.image(100, 'shop:2').act(101).status(200, { updated: 1, available: 2 });
    harness.node(210, 'node-3', 'Unknown').beats(220, 800);
    expect(harness.last.outcome).toBe('failed');
  });

  test('of a StatefulSet waits for the one pod that holds up the rest', () => {
    const { harness, shop } = start('StatefulSet');
    shop.pod(20, '2', { node: 'node-3' });
    shop.image(100, 'shop:2').act(101);
    harness.node(110, 'node-3', 'Unknown').beats(120, 710);
    expect(harness.last).toMatchObject({ outcome: 'progressing', updated: 0 });
  });
});

test('pods of a StatefulSet are new by its update revision, those of a DaemonSet by its ControllerRevision', () => {
  for (const kind of ['StatefulSet', 'DaemonSet'] as const) {
    const { harness, shop } = start(kind);
    const old = shop.hash;
    shop.pod(20, '0', { hash: old, created: -100 }, 'add').pod(20, '1', { hash: old, created: -100 }, 'add');
    shop.image(100, 'shop:2').act(100.4);
    const dead = (at: number) => ({
      name: 'app',
      restartCount: 0,
      state: { terminated: { exitCode: 1, reason: 'Error', finishedAt: wire(at), containerID: `c-${at}` } },
    });
    shop.pod(105, '0', { hash: old, created: 101, status: dead(105) });
    expect(harness.exceptions.size).toBe(1);
    expect(harness.last.outcome).toBe('progressing');
    shop.pod(106, '2', { status: dead(106) });
    expect(harness.last).toMatchObject({ outcome: 'failed', reason: 'shop-2: app died, Error (exit code 1)' });
  }
});

test('a ControllerRevision that comes before its DaemonSet’s change is taken', () => {
  const { harness, shop } = start('DaemonSet');
  shop.edit(100, (own) => void (own.template = { image: 'shop:2' }));
  shop.revision(100.1, shop.control(), 'add');
  shop.counts.updated = 0;
  shop.tell(100.2);
  harness.pod(
    101,
    pod('shop-x', {
      owner: { kind: 'DaemonSet', name: 'shop', uid: 's-1' },
      labels: { 'controller-revision-hash': shop.hash },
      created: 100,
    }),
    'add',
  );
  expect(JSON.parse(harness.stateJson)).toContainEqual([
    'workload/s-1',
    expect.objectContaining({ open: expect.objectContaining({ hash: shop.hash }) as unknown }),
  ]);
});
