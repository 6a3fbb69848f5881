import { describe, expect, test } from 'vitest';
import { Harness, podNames, wire } from './testing.ts';

const away = (pod: string) => ({ pod, ready: false });

describe('while the watch was cut', () => {
  test('what resumed late may have been so since', () => {
    const harness = new Harness().shop(1);
    harness.slice(130, []).cut(130.1, 'late', 100, 130);
    expect(harness.last).toMatchObject({
      started_earliest: wire(100),
      started_at: wire(130),
      started_latest: wire(130),
    });
    harness.slice(150, ['shop-a']).cut(150.1, 'late', 140, 150);
    expect(harness.last).toMatchObject({ ended_earliest: wire(140), ended_latest: wire(150) });
  });

  test('what a list found may have been so since, but not before what was seen last', () => {
    const harness = new Harness().shop(1);
    harness.slice(95, []).slice(98, ['shop-a']);
    harness.slice(130, [], {}).cut(130.1, 'gap', 90, 129);
    expect(harness.outages.map(({ started_earliest, ended_earliest }) => [started_earliest, ended_earliest])).toEqual([
      [wire(90), wire(90)],
      [wire(90), null],
    ]);
  });

  test('the pods’ own times are surer', () => {
    const harness = new Harness().shop(1);
    harness
      .pod(130, 'shop-a', { unready: 110 })
      .slice(130, [away('shop-a')])
      .cut(130.1, 'gap', 90, 129);
    expect(harness.last).toMatchObject({
      started_earliest: wire(110),
      started_at: wire(110),
      started_latest: wire(130),
    });
  });

  test('another kind or namespace changes nothing', () => {
    const harness = new Harness().shop(1).slice(130, []);
    harness.cut(130.1, 'gap', 90, 129, 'configmap').cut(130.1, 'gap', 90, 129, 'endpointslice', 'other');
    expect(harness.last.started_earliest).toBe(wire(129));
  });

  test('what began and ended within a list is of its making', () => {
    const harness = new Harness().shop(1);
    harness.slice(130, []).slice(133, ['shop-a'], { name: 'shop-2', op: 'add' }).cut(134, 'gap', 90, 129);
    expect(harness.story).toEqual(['down unknown blip']);
  });

  test.each(['workload/deployments', 'pod'])('of %s: what turns out to be off may have been so since', (kind) => {
    const harness = new Harness().shop(1);
    harness.slice(106, []).deployment(130, 0, { generation: 2 }).cut(130.1, 'late', 100, 130, kind);
    expect(harness.outages).toMatchObject([
      { kind: 'down', started_earliest: wire(105), ended_earliest: wire(105), ended_latest: wire(130) },
      { kind: 'off', started_earliest: wire(105), started_latest: wire(130) },
    ]);
  });

  test('of workloads: what is down stays down', () => {
    const harness = new Harness().shop(1);
    harness.slice(106, []).cut(130.1, 'late', 100, 130, 'workload/deployments');
    expect(harness.last).toMatchObject({ kind: 'down', started_earliest: wire(105) });
  });

  test('what was overdue by then belongs to it, also the second time', () => {
    const run = (settings: object) => {
      const harness = new Harness(settings).shop(1).deployment(100, 3, { generation: 2 });
      return harness.cut(401, 'late', 395, 401).outages;
    };
    expect(run({})).toMatchObject([{ kind: 'degraded', started_earliest: wire(395) }]);
    expect(run({ repeats: true })).toEqual(run({}));
  });

  test('what seemed to move at once as the watch was resumed may have taken long', () => {
    const harness = new Harness().shop(1).slice(130, []).slice(130.1, ['shop-a'], { name: 'shop-2', op: 'add' });
    expect(harness.story).toEqual(['down unknown blip']);
    harness.cut(130.2, 'late', 100, 130);
    expect(harness.last).toMatchObject({ blip: 0, started_earliest: wire(100), ended_earliest: wire(100) });
  });

  test('an interval goes on over it', () => {
    const harness = new Harness().shop(1).slice(80, []).cut(130, 'gap', 90, 129);
    expect(harness.last).toMatchObject({ started_at: wire(80), ended_at: null });
  });
});

test('endpoints that only move to another slice are a blip', () => {
  const harness = new Harness().shop(2);
  harness.slice(100, []).slice(101, podNames(2), { name: 'shop-2', op: 'add' });
  expect(harness.last).toMatchObject({
    kind: 'down',
    blip: 1,
    sentence: 'Its endpoints moved from one slice to another.',
  });
});

test('late entries of an overtaken agent set nothing back', () => {
  const harness = new Harness().shop(1);
  harness.put(
    100,
    'endpointslice',
    'update',
    { metadata: { labels: { 'kubernetes.io/service-name': 'shop' } }, endpoints: [] },
    'shop-1',
    'slice-shop-1',
    'web',
    true,
  );
  expect(harness.outages).toEqual([]);
});

test('of two workloads of a name that are gone, a restart takes the last, too', () => {
  const run = (settings: object) => {
    const harness = new Harness(settings).shop(1).deployment(20, 1, { op: 'delete' });
    harness.deployment(30, 1, { op: 'add', uid: 'uid-second' }).pod(40, 'shop-a', { deleted: 40 }).slice(41, []);
    return harness.deployment(60, 1, { op: 'delete', uid: 'uid-second' }).slice(61, [], { name: 'other' }).outages;
  };
  expect(run({ restarts: true })).toEqual(run({}));
});

describe('a restart after every entry and every entry twice', () => {
  test('change nothing', () => {
    const run = (settings: object) => {
      const harness = new Harness(settings).shop(3);
      harness.slice(100, ['shop-a', 'shop-b']).pod(101, 'shop-c', { unready: 100 });
      harness.slice(110, []).cut(111, 'late', 105, 110).slice(120, podNames(3)).deployment(130, 0, { generation: 2 });
      harness.slice(140, []).beats(150, 900).serviceIs(910, { op: 'delete' }).beats(920, 1600);
      return { outages: harness.outages, services: harness.services, counts: harness.counts };
    };
    const plain = run({});
    expect(plain.outages).toHaveLength(3);
    expect(run({ restarts: true })).toEqual(plain);
    expect(run({ repeats: true })).toEqual(plain);
    expect(run({ restarts: true, repeats: true })).toEqual(plain);
  });
});
