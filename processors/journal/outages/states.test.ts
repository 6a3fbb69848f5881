import { describe, expect, test } from 'vitest';
import { Harness, podNames, wire } from './testing.ts';

describe('a service', () => {
  test('is up while its endpoints are ready, and makes no interval', () => {
    const harness = new Harness().shop();
    expect(harness.service).toMatchObject({ state: 'up', ready: 3, wanted: 3, workloads: ['Deployment/shop'] });
    expect(harness.outages).toEqual([]);
    expect(harness.counts).toEqual(['11: 3+0/3']);
  });

  test('is not judged before the lists of all that decides have come', () => {
    const harness = new Harness();
    harness.serviceIs(10).deployment(10, 3, { op: 'list' }).watching(11, ['service', 'endpointslice', 'pod']);
    expect(harness.services).toEqual([]);
    harness.slice(11.5, podNames(3), { op: 'list' });
    harness.watching(12, ['workload/deployments', 'workload/statefulsets', 'workload/daemonsets']);
    expect(harness.services).toEqual([]);
    harness.watching(12, ['workload/replicasets']);
    expect(harness.service.state).toBe('up');
  });

  test('is judged after two minutes though a list does not come', () => {
    const harness = new Harness();
    harness.serviceIs(10).slice(10, podNames(3), { op: 'list' }).beats(20, 120);
    expect(harness.services).toEqual([]);
    harness.beat(131);
    expect(harness.service.state).toBe('up');
  });

  test('has never been ready until its first endpoint is', () => {
    const harness = new Harness();
    harness.deployment(10, 1, { op: 'list' }).serviceIs(10).watching(11);
    expect(harness.service).toMatchObject({ state: 'never-ready', first_ready_at: null });
    harness.slice(20, ['shop-a']);
    expect(harness.service).toMatchObject({ state: 'up', first_ready_at: wire(20) });
    expect(harness.outages).toEqual([]);
  });

  test('is down when no endpoint serves', () => {
    const harness = new Harness().shop(2);
    harness.slice(100, [
      { pod: 'shop-a', ready: false },
      { pod: 'shop-b', ready: false },
    ]);
    expect(harness.service).toMatchObject({ state: 'down', since: wire(100) });
    harness.slice(130, ['shop-a', { pod: 'shop-b', ready: false }]);
    expect(harness.story).toEqual(['down unknown', 'degraded unknown …']);
    harness.slice(140, ['shop-a', 'shop-b']);
    expect(harness.outages.map(({ kind, started_at, ended_at }) => [kind, started_at, ended_at])).toEqual([
      ['down', wire(100), wire(130)],
      ['degraded', wire(130), wire(140)],
    ]);
    expect(harness.outages[0]).toMatchObject({ ready_least: 0, wanted: 2 });
  });

  test('is degraded below its share, and up at it', () => {
    const harness = new Harness({ options: { degraded_share: 0.5 } }).shop(4);
    harness.slice(100, ['shop-a', 'shop-b']);
    expect(harness.service.state).toBe('up');
    harness.slice(110, ['shop-a']);
    expect(harness.service.state).toBe('degraded');
  });

  test('serves on with endpoints that are being terminated', () => {
    const harness = new Harness().shop(1);
    harness.slice(100, [{ pod: 'shop-a', ready: false, serving: true, terminating: true }]);
    expect(harness.service.state).toBe('degraded');
    harness.slice(110, [{ pod: 'shop-a', ready: false, serving: false, terminating: true }]);
    expect(harness.service.state).toBe('down');
    expect(harness.counts.slice(1)).toEqual(['100: 0+1/1', '110: 0+0/1']);
  });

  test('that served on is down since the last stopped, not since it was to go', () => {
    const harness = new Harness().shop(1);
    harness
      .pod(59.2, 'shop-a', { deleted: 59 })
      .slice(59.5, [{ pod: 'shop-a', ready: false, serving: true, terminating: true }])
      .slice(76, [])
      .pod(77, 'shop-a', { deleted: 59 }, 'delete');
    expect(harness.last).toMatchObject({ kind: 'down', started_earliest: wire(75), started_at: wire(76) });
  });

  test('that served on with an endpoint that nobody missed is down since that stopped', () => {
    const harness = new Harness().shop(2).deployment(50, 1, { generation: 2 });
    const going = { pod: 'shop-b', ready: false, serving: true, terminating: true };
    harness.slice(51, ['shop-a', going]).pod(100, 'shop-a', { unready: 100 });
    harness.slice(100.2, [{ pod: 'shop-a', ready: false }, going]).slice(110, [{ pod: 'shop-a', ready: false }]);
    expect(harness.last).toMatchObject({ kind: 'down', started_earliest: wire(109), started_at: wire(110) });
  });

  test('degraded, then down: the pods tell of both ends of the same moment', () => {
    const harness = new Harness().shop(2).pod(99.5, 'shop-a', { unready: 99 }).slice(100, ['shop-b']);
    harness.pod(119, 'shop-b', { unready: 110 }).slice(120, []);
    expect(harness.outages).toMatchObject([
      { kind: 'degraded', ended_earliest: wire(110), ended_at: wire(110), ended_latest: wire(120) },
      { kind: 'down', started_earliest: wire(110), started_at: wire(110), started_latest: wire(120) },
    ]);
  });

  test('reads missing conditions as the API documents them', () => {
    const harness = new Harness().shop(1);
    harness.slice(100, [{ pod: 'shop-a', ready: null }]);
    expect(harness.service.state).toBe('up');
    // `serving` that is missing means that it serves, as kube-proxy reads it.
    harness.slice(101, [{ pod: 'shop-a', ready: false, terminating: true }]);
    expect(harness.service.state).toBe('degraded');
    harness.slice(102, [{ pod: 'shop-a', ready: false }]);
    expect(harness.service.state).toBe('down');
  });

  test('without an address of its own is found by what is ready alone', () => {
    const harness = new Harness().shop(1, { clusterIP: 'None' });
    harness.slice(100, [{ pod: 'shop-a', ready: false, serving: true, terminating: true }]);
    expect(harness.service).toMatchObject({ type: 'Headless', state: 'down' });
  });

  test('counts an endpoint once over families, ports and slices', () => {
    const harness = new Harness().shop(2);
    harness.slice(20, ['shop-a', 'shop-b'], { name: 'shop-6', addressType: 'IPv6', op: 'add' });
    expect(harness.service.ready).toBe(2);
    harness.slice(100, [], {});
    expect(harness.service).toMatchObject({ ready: 2, state: 'up' });
    harness.slice(110, [], { name: 'shop-6' });
    expect(harness.service.state).toBe('down');
  });

  test('takes slices of any manager', () => {
    const harness = new Harness();
    harness.serviceIs(10, { spec: { selector: null } }).watching(11);
    expect(harness.service.state).toBe('selectorless');
    harness.slice(20, ['db-1', 'db-2'], { name: 'by-hand', op: 'add' });
    expect(harness.service).toMatchObject({ state: 'up', ready: 2, wanted: 2 });
    harness.slice(30, [{ pod: 'db-1', ready: false }, 'db-2'], { name: 'by-hand' });
    expect(harness.service.state).toBe('degraded');
    harness.slice(40, [], { name: 'by-hand' });
    expect(harness.service).toMatchObject({ state: 'down', wanted: 2 });
  });

  test('of another name is external', () => {
    const harness = new Harness();
    harness.serviceIs(10, { spec: { type: 'ExternalName', selector: null } }).watching(11);
    expect(harness.service.state).toBe('external');
  });

  test('that publishes all goes by its pods’ own condition', () => {
    const harness = new Harness().shop(2, { clusterIP: 'None', publishNotReadyAddresses: true });
    expect(harness.service).toMatchObject({ state: 'up', type: 'Headless', ready: 2 });
    harness.pod(100, 'shop-a', { unready: 99 }).pod(101, 'shop-b', { unready: 100 });
    expect(harness.service.state).toBe('down');
    expect(harness.last).toMatchObject({ kind: 'down', started_at: wire(100), pods: ['shop-b', 'shop-a'] });
    harness.pod(110, 'shop-a', { ready: 108 });
    expect(harness.outages[1]).toMatchObject({ kind: 'down', ended_at: wire(108) });
  });

  test.each([
    ['99.95', 99.95],
    [' 99 % ', 99],
    ['0x10', null],
    ['1e1', null],
    ['-0', null],
    ['100.5', null],
    ['', null],
  ])('with the objective %j wants %s percent', (annotation, objective) => {
    const harness = new Harness()
      .shop(1)
      .serviceIs(20, { op: 'update', annotations: { 'tidemark.dev/slo': annotation } });
    expect(harness.service.objective).toBe(objective);
  });

  test('that is deleted is gone, and its intervals end', () => {
    const harness = new Harness().shop(1);
    harness.slice(100, []).serviceIs(110, { op: 'delete' });
    expect(harness.service).toMatchObject({ state: 'gone', deleted_at: wire(110) });
    expect(harness.last.ended_at).toBe(wire(110));
    harness.beats(120, 800);
    expect(harness.chain.folds[2]?.json).not.toContain('"service/svc-shop"');
  });

  test('that is deleted takes what its pods tell later', () => {
    const harness = new Harness().shop(1).slice(100.6, []).serviceIs(100.7, { op: 'delete' });
    expect(harness.last.started_earliest).toBe(wire(99.6));
    harness.pod(101, 'shop-a', { unready: 100 });
    expect(harness.last.started_earliest).toBe(wire(100));
  });
});

describe('what is wanted', () => {
  test('nothing: the service is off, which is no outage', () => {
    const harness = new Harness().shop(2);
    harness.deployment(100, 0, { generation: 2 }).slice(101, []);
    expect(harness.service.state).toBe('off');
    expect(harness.story).toEqual(['off scale-down …']);
    expect(harness.last).toMatchObject({ planned: 1, sentence: 'Deployment shop was scaled from 2 to 0.' });
    harness.deployment(200, 2, { generation: 3 });
    expect(harness.service.state).toBe('off');
    harness.slice(210, ['shop-c']);
    expect(harness.last.ended_at).toBe(wire(210));
    expect(harness.service.state).toBe('up');
  });

  test('more: new pods are missed after a while only', () => {
    const harness = new Harness().shop(1);
    harness.deployment(100, 10, { generation: 2 });
    expect(harness.service).toMatchObject({ state: 'up', wanted: 10 });
    harness.slice(120, podNames(3)).beats(130, 390);
    expect(harness.service.state).toBe('up');
    harness.beat(401);
    expect(harness.service.state).toBe('degraded');
    harness.slice(410, podNames(10));
    expect(harness.service.state).toBe('up');
  });

  test('of a new service: its first pods are waited for', () => {
    const harness = new Harness();
    harness.watching(5).serviceIs(10, { op: 'add' }).deployment(10, 5, { op: 'add' }).slice(11, [], { op: 'add' });
    harness.slice(60, ['shop-a']);
    expect(harness.service).toMatchObject({ state: 'up', ready: 1, wanted: 5 });
    harness.slice(70, podNames(5)).slice(80, ['shop-a']);
    expect(harness.service.state).toBe('degraded');
    expect(harness.story).toEqual(['degraded unknown …']);
  });

  test('of a service that is made before the first lists are complete: its first pods are waited for', () => {
    const harness = new Harness().deployment(10, 3, { op: 'list' }).serviceIs(10, { op: 'add' });
    harness.slice(10, ['shop-a', { pod: 'shop-b', ready: false }], { op: 'add' }).watching(11);
    expect(harness.service).toMatchObject({ state: 'up', ready: 1, wanted: 3 });
    expect(harness.story).toEqual([]);
  });

  test('again, but it does not come: down since it was asked for', () => {
    const harness = new Harness().shop(1);
    harness.deployment(100, 0, { generation: 2 }).slice(101, []);
    harness.deployment(200, 1, { generation: 3 }).beats(210, 510);
    expect(harness.outages.map(({ kind, started_at, ended_at }) => [kind, started_at, ended_at])).toEqual([
      ['off', wire(101), wire(200)],
      ['down', wire(200), null],
    ]);
    expect(harness.last.started_earliest).toBe(wire(199));
  });

  test('more while it is down, then nothing: off since nothing is', () => {
    const harness = new Harness().shop(1).slice(100, []);
    harness.deployment(110, 2, { generation: 2 }).deployment(130, 0, { generation: 3 });
    expect(harness.outages).toMatchObject([
      { kind: 'down', ended_earliest: wire(129), ended_at: wire(130) },
      { kind: 'off', started_earliest: wire(129), started_at: wire(130) },
    ]);
  });

  test('by pods that nobody has entries of', () => {
    const harness = new Harness();
    const owner = { kind: 'CloneSet', name: 'shop', apiVersion: 'apps.kruise.io/v1alpha1' };
    harness.serviceIs(10);
    for (const name of podNames(2)) harness.pod(10, name, { owner }, 'list');
    harness.slice(10, podNames(2), { op: 'list' }).watching(11);
    expect(harness.service).toMatchObject({ state: 'up', wanted: 2, workloads: ['CloneSet/shop'] });
    harness.pod(100, 'shop-a', { owner, deleted: 100 }).pod(100.5, 'shop-b', { owner, deleted: 100 }).slice(101, []);
    expect(harness.service).toMatchObject({ state: 'down', wanted: 2 });
    harness.beats(110, 170);
    expect(harness.service).toMatchObject({ state: 'off', wanted: 0 });
  });

  test('a pod of its own: wanted until it is deleted, also after it has failed', () => {
    const harness = new Harness();
    harness.serviceIs(10).pod(10, 'shop-a', { owner: null }, 'list').slice(10, ['shop-a'], { op: 'list' }).watching(11);
    harness.pod(100, 'shop-a', { owner: null, unready: 100, status: { phase: 'Failed' } }).slice(101, []);
    expect(harness.service).toMatchObject({ state: 'down', wanted: 1 });
    harness.pod(200, 'shop-a', { owner: null, unready: 100 }, 'delete');
    expect(harness.service.state).toBe('off');
  });

  test('of a DaemonSet as many as it has nodes', () => {
    const harness = new Harness();
    const status = { desiredNumberScheduled: 2 };
    harness.serviceIs(10).deployment(10, 0, { kind: 'DaemonSet', op: 'list', status });
    harness.slice(10, podNames(2), { op: 'list' }).watching(11);
    expect(harness.service).toMatchObject({ wanted: 2, workloads: ['DaemonSet/shop'] });
  });

  test('a workload that is deleted leaves the service off', () => {
    const harness = new Harness().shop(1);
    harness.deployment(100, 1, { op: 'delete' }).pod(100.2, 'shop-a', { deleted: 100 }).slice(101, []);
    expect(harness.story).toEqual(['off scale-down …']);
    expect(harness.last.sentence).toBe('Deployment shop was deleted.');
  });
});

describe('a port', () => {
  const spec = {
    ports: [
      { name: 'http', port: 80 },
      { name: 'metrics', port: 90 },
    ],
  };

  test('that no ready endpoint offers is an interval of its own', () => {
    const harness = new Harness().shop(1, spec);
    expect(harness.story).toEqual(['port unknown …']);
    expect(harness.last).toMatchObject({ port: 'metrics', sentence: 'It was so when the recording began.' });
    harness.slice(100, ['shop-a'], { ports: ['http', 'metrics'] });
    expect(harness.last.ended_at).toBe(wire(100));
    harness.slice(200, ['shop-a'], { ports: ['http'] });
    expect(harness.story).toEqual(['port unknown', 'port unknown …']);
  });

  test('is not missed while the service is down', () => {
    const harness = new Harness().shop(1, spec);
    harness.slice(100, []);
    expect(harness.outages.map(({ kind, ended_at }) => [kind, ended_at])).toEqual([
      ['port', wire(100)],
      ['down', null],
    ]);
  });

  test('without a name is offered by a slice’s port without a name', () => {
    const harness = new Harness();
    harness
      .serviceIs(10, { spec: { ports: [{ port: 80 }] } })
      .slice(10, ['shop-a'], { op: 'list', ports: [null] })
      .watching(11);
    expect(harness.outages).toEqual([]);
    harness.slice(100, ['shop-a'], { ports: [] });
    expect(harness.last).toMatchObject({ kind: 'port', port: '' });
  });
});
