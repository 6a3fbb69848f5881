import { describe, expect, test } from 'vitest';
import { Harness, wire } from './testing.ts';
import { SimDeployment, settled } from './testing-deployment.ts';

const start = () => {
  const harness = new Harness();
  return { harness, shop: settled(harness) };
};

describe('an agent that was away', () => {
  test('finds a change by its list: the beginning is not sure, the end is the controller’s', () => {
    const { harness, shop } = start();
    shop.image(60, 'shop:2').act(60.5).done(70);
    shop.edit(300, (own) => void (own.template = { image: 'shop:3' }), 'helm');
    shop.control(300);
    shop.count(330, { total: 3, updated: 3, available: 3 }).tell(900, 'list').tellSets(900);
    expect(harness.last).toMatchObject({
      outcome: 'completed',
      started_at: wire(300),
      started_earliest: wire(60),
      finished_at: wire(330),
      observed_at: wire(900),
      revision: '3',
      manager: 'helm',
    });
  });

  test('finds a rollback by its list, which no new ReplicaSet dates', () => {
    const { harness, shop } = start();
    shop.image(60, 'shop:2').act(60.5).done(70);
    shop.edit(300, (own) => void (own.template = { image: 'shop:1' }), 'kubectl');
    shop.control(300);
    shop.count(310, { total: 4, updated: 1 }).tell(900, 'list').tellSets(900);
    expect(harness.last).toMatchObject({ kind: 'rollback', started_at: wire(300), manager: 'kubectl' });
  });

  test('takes a cluster that was restored, whose generations fell, as it is', () => {
    const { harness, shop } = start();
    shop.image(60, 'shop:2').act(60.5).done(70).image(80, 'shop:3').act(81).done(90);
    shop.stored.generation = 2;
    shop.observed = 2;
    shop.template = { image: 'shop:2' };
    shop.stored.annotations = { 'deployment.kubernetes.io/revision': '2' };
    shop.tell(900, 'list');
    expect(harness.story).toEqual(['change completed', 'change completed']);
    shop.image(910, 'shop:4');
    expect(harness.last).toMatchObject({ images_before: { app: 'shop:2' }, outcome: 'progressing' });
    shop.stored.generation = 1;
    shop.tell(920, 'list');
    expect(harness.last).toMatchObject({ outcome: 'superseded', reason: 'an older state of the cluster was restored' });
  });

  test('finds a change of one that is paused, which its controller counts only later', () => {
    const { harness, shop } = start();
    shop.edit(100, (own) => void (own.paused = true)).status(100);
    shop.edit(200, (own) => void (own.template = { image: 'shop:2' })).count(201, { updated: 0 });
    shop.tell(900, 'list');
    expect(harness.story).toEqual(['change paused']);
  });

  test('sees several skipped templates as one', () => {
    const { harness, shop } = start();
    for (const [at, image] of [
      [100, 'shop:2'],
      [200, 'shop:3'],
      [300, 'shop:4'],
    ] as const) {
      shop.edit(at, (own) => void (own.template = { image }));
      shop.control(at);
    }
    shop.count(310, { total: 4, updated: 1 }).tell(400, 'list');
    expect(harness.last).toMatchObject({
      images_before: { app: 'shop:1' },
      images_after: { app: 'shop:4' },
      revision: '4',
    });
    shop.done(410);
    expect(harness.story).toEqual(['change completed']);
  });

  test('sees none where the template was changed and changed back', () => {
    const { harness, shop } = start();
    for (const [at, image] of [
      [100, 'shop:2'],
      [200, 'shop:1'],
    ] as const) {
      shop.edit(at, (own) => void (own.template = { image }));
      shop.control(at);
    }
    shop.count(210, { total: 3, updated: 3, available: 3 }).tell(400, 'list').tellSets(400);
    expect(harness.list).toEqual([]);
    shop.image(500, 'shop:9').act(500.4).status(501, { updated: 1 }).done(510);
    expect(harness.story).toEqual(['change completed']);
  });

  test('that tells other fields than it did sees no change in the same generation', () => {
    const { harness, shop } = start();
    shop.template = { ...shop.template, labels: { other: 'x' } };
    shop.tell(100, 'list').scale(110, 5).done(111);
    expect(harness.list).toEqual([]);
  });

  test('sees none in another generation either where the controller counts the same revision', () => {
    const { harness, shop } = start();
    shop.template = { ...shop.template, labels: { other: 'x' } };
    shop
      .edit(90, (own) => void (own.replicas = 5), 'kubectl', 'scale')
      .count(91, { total: 5, updated: 5, available: 5 });
    shop.tell(100, 'list');
    expect(harness.list).toEqual([]);
    shop.image(200, 'shop:2').act(200.4).status(201, { total: 6, updated: 1 });
    expect(harness.last.changed).toEqual(['containers[app].image']);
  });
});

describe('lists that come side by side', () => {
  test('tell of ReplicaSets before their Deployment', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    shop.control(-3600);
    shop.count(-3500, { total: 3, updated: 3, available: 3 });
    shop.edit(-60, (own) => void (own.template = { image: 'shop:2' }), 'flux');
    shop.control(-60);
    shop.count(-50, { total: 4, updated: 1, available: 3 });
    shop.stored.write(-20, 'kubectl-annotate');
    shop.tellSets(10);
    expect(harness.stateJson).toContain('revision/d-1');
    shop.tell(10, 'list');
    expect(harness.last).toMatchObject({ started_at: wire(-60), manager: 'flux', revision: '2' });
    expect(harness.stateJson).not.toContain('revision/');
  });

  test('leave nothing of a Deployment that never comes', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    const own = shop.control(-3600);
    shop.tellSets(10);
    harness.workload(20, shop.replicaSet(own), 'delete');
    expect(harness.stateJson).not.toContain('revision/');
  });
});

test('an older generation, and what newer entries have overtaken, set nothing back', () => {
  const { harness, shop } = start();
  const before = harness.entry(105, 'workload', 'update', shop.object, 'shop', shop.uid);
  shop.image(100, 'shop:2').act(100.4).done(101);
  const json = harness.stateJson;
  harness.apply(before);
  harness.apply(
    harness.entry(106, 'workload', 'list', { ...shop.object, spec: { template: {} } }, 'shop', shop.uid),
    true,
  );
  harness.apply(harness.entry(107, 'workload', 'vanished', {}, 'shop', shop.uid), true);
  expect(harness.stateJson).toBe(json);
  expect(harness.story).toEqual(['change completed']);
  harness.apply(harness.entry(108, 'workload', 'delete', shop.object, 'shop', shop.uid), true);
  expect(harness.stateJson).not.toContain('workload/');
});

test('entries that come again write no row and no state', () => {
  const { harness, shop } = start();
  shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
  const { sets } = harness;
  const rows = harness.published.length;
  shop.tell(101.5, 'list').tellSets(101.5).tell(102, 'list');
  expect(harness.published).toHaveLength(rows);
  expect(harness.sets).toBe(sets);
});

test('services are those that match the template, also where a list tells of them a moment later', () => {
  const harness = new Harness({ restarts: true });
  const shop = settled(harness);
  harness.service(20, { app: 'shop' }, 'front');
  shop.image(100, 'shop:2');
  expect(harness.last.services).toEqual(['front']);
  harness.service(101, { app: 'shop' }, 'back').service(101, { app: 'other' }, 'other');
  expect(harness.last.services).toEqual(['back', 'front']);
  shop.act(102).done(110);
  harness.service(120, { app: 'shop' }, 'young').service(300, { app: 'shop' }, 'late');
  expect(harness.last.services).toEqual(['back', 'front', 'young']);
});
