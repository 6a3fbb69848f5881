import { describe, expect, test } from 'vitest';
import { died, Harness, kube, podNames, waiting, wire } from './testing.ts';

const away = (pod: string) => ({ pod, ready: false });

/** `shop` with a rollout of its Deployment that began at 100: pods of `bbbbb` are new. */
function rollout(replicas: number, image = 'shop:2'): Harness {
  const harness = new Harness().shop(replicas);
  const spec = {
    template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'app', image }] } },
  };
  const counts = { observedGeneration: 1 };
  return harness.deployment(100, replicas, { generation: 2, spec, status: counts });
}

const newPod = { owner: { kind: 'ReplicaSet', name: 'shop-bbbbb' }, labels: { 'pod-template-hash': 'bbbbb' } };

describe('rollout', () => {
  test('replaced all pods at once', () => {
    const harness = rollout(2);
    for (const name of podNames(2)) harness.pod(101, name, { deleted: 101 });
    harness.slice(101.4, []);
    expect(harness.last).toMatchObject({ kind: 'down', cause: 'rollout', planned: 1, pods: ['shop-b', 'shop-a'] });
    expect(harness.last.rollout).not.toBe('');
    expect(harness.last.sentence).toBe('The rollout of Deployment shop (shop:2) replaced 2 pods.');
    harness.pod(110, 'shop-n', { ...newPod, created: 103, ready: 109 }, 'add').slice(110, ['shop-n', 'shop-m']);
    expect(harness.story).toEqual(['down rollout']);
    expect(harness.last).toMatchObject({ started_at: wire(101.4), ended_at: wire(110), ended_earliest: wire(109) });
  });
});

describe('bad-release', () => {
  test('the new pods die', () => {
    const harness = rollout(1);
    harness.pod(101, 'shop-a', { deleted: 101 }).slice(101.4, []);
    harness.pod(103, 'shop-n', { ...newPod, created: 102, unready: 102, containers: [died(103)] }, 'add');
    expect(harness.last).toMatchObject({ cause: 'bad-release', planned: 0 });
    expect(harness.last.exceptions).toHaveLength(1);
    expect(harness.last.sentence).toBe(
      'The rollout of Deployment shop (shop:2) went wrong: container app of pod shop-n died: Error (exit code 1).',
    );
  });

  test('the new image cannot be had', () => {
    const harness = rollout(1, 'shop:nope');
    harness.pod(101, 'shop-a', { deleted: 101 }).slice(101.4, []);
    const containers = [waiting('ErrImagePull', 'not found')];
    harness.pod(103, 'shop-n', { ...newPod, created: 102, unready: 102, containers }, 'add');
    expect(harness.last).toMatchObject({
      cause: 'bad-release',
      sentence:
        'The rollout of Deployment shop (shop:nope) went wrong: the image of pod shop-n cannot be had: ErrImagePull: not found.',
    });
  });

  test('a new pod that was ready stops being so', () => {
    const harness = rollout(1);
    harness.pod(102, 'shop-n', { ...newPod, created: 101, ready: 102 }, 'add').slice(102, ['shop-n']);
    harness.pod(110, 'shop-n', { ...newPod, created: 101, unready: 110 }).slice(110.2, [away('shop-n')]);
    expect(harness.last).toMatchObject({ cause: 'bad-release', pods: ['shop-n'] });
  });

  test('is none once the rollout is over', () => {
    const harness = rollout(1).deployment(110, 1, { generation: 2 });
    harness.pod(102, 'shop-n', { ...newPod, created: 101, ready: 102 }, 'add').slice(102, ['shop-n']);
    harness.pod(111, 'shop-n', { ...newPod, created: 101, unready: 111 }).slice(111.2, [away('shop-n')]);
    expect(harness.last).toMatchObject({ cause: 'readiness', rollout: '' });
  });

  test('the new pods do not offer the port', () => {
    const harness = rollout(1);
    harness.slice(110, ['shop-n'], { ports: ['web'] });
    expect(harness.last).toMatchObject({ kind: 'port', port: 'http', cause: 'bad-release' });
    expect(harness.last.sentence).toMatch(/none of its pods offers the port http\.$/);
  });

  test('the pod that offered the port is replaced by one that is ready without it', () => {
    const harness = rollout(1);
    harness.pod(110, 'shop-n', { ...newPod, created: 101, ready: 110 }, 'add');
    harness.slice(110, ['shop-n'], { op: 'add', name: 'shop-2', ports: ['web'] });
    harness.pod(120, 'shop-a', { deleted: 120 }).slice(120.4, [away('shop-a')]);
    expect(harness.last).toMatchObject({ kind: 'port', cause: 'bad-release', planned: 0 });
    // The next release mends it.
    harness.pod(300, 'shop-n', { ...newPod, created: 101, deleted: 300, unready: 300 });
    harness.slice(300.4, ['shop-m'], { name: 'shop-2', ports: ['http'] }).beats(310, 1000);
    expect(harness.story).toEqual(['port bad-release']);
  });

  test('all pods are replaced at once, and the new ones are ready without the port', () => {
    const harness = rollout(1);
    harness.pod(101, 'shop-a', { deleted: 101 }).slice(101.4, [away('shop-a')]);
    harness.slice(110, ['shop-n'], { op: 'add', name: 'shop-2', ports: ['web'] });
    harness.pod(110.1, 'shop-n', { ...newPod, created: 102, ready: 109 }, 'add');
    expect(harness.last).toMatchObject({ kind: 'port', cause: 'bad-release', planned: 0 });
  });

  test('is none while the pods that offer the port are replaced and others serve', () => {
    const harness = rollout(1);
    harness.deployment(20, 1, { op: 'list', name: 'back', labels: { app: 'shop', part: 'back' } });
    const owner = { kind: 'ReplicaSet', name: 'back-ccccc' };
    const labels = { part: 'back', 'pod-template-hash': 'ccccc' };
    harness.pod(20, 'back-a', { owner, labels }, 'list');
    harness.slice(20, ['back-a'], { op: 'list', name: 'shop-2', ports: ['admin'] });
    harness.pod(101, 'shop-a', { deleted: 101 }).slice(101.4, [away('shop-a')]);
    expect(harness.last).toMatchObject({ kind: 'port', port: 'http', cause: 'rollout', planned: 1 });
    harness.pod(110, 'shop-n', { ...newPod, created: 102, ready: 110 }, 'add').slice(110.2, ['shop-n']);
    harness.beats(120, 300);
    expect(harness.last).toMatchObject({ kind: 'port', cause: 'rollout', ended_latest: wire(110.2) });
  });
});

describe('crash', () => {
  const crashed = () => {
    const harness = new Harness().shop(1);
    harness.pod(100.5, 'shop-a', { unready: 100, containers: [died(100, { exitCode: 137, reason: 'OOMKilled' })] });
    return harness.slice(100.8, [away('shop-a')]);
  };

  test('of the only replica', () => {
    const harness = crashed();
    expect(harness.last).toMatchObject({
      kind: 'down',
      cause: 'crash',
      planned: 0,
      started_at: wire(100.8),
      started_earliest: wire(100),
      sentence: 'Container app of pod shop-a died: OOMKilled (exit code 137).',
    });
    expect(harness.last.exceptions).toHaveLength(1);
    harness.pod(104.2, 'shop-a', { ready: 104 }).slice(105.5, ['shop-a']);
    expect(harness.last).toMatchObject({ ended_at: wire(104), ended_earliest: wire(104), ended_latest: wire(105.5) });
  });

  test('is told whichever of pod and slice comes first', () => {
    const harness = new Harness().shop(1);
    harness.slice(100.4, [away('shop-a')]);
    expect(harness.last.cause).toBe('unknown');
    harness.pod(100.5, 'shop-a', { unready: 100, containers: [died(100)] });
    expect(harness.last).toMatchObject({ cause: 'crash', started_earliest: wire(100) });
  });

  test('a configuration that cannot be had', () => {
    const harness = new Harness().shop(1);
    const containers = [waiting('CreateContainerConfigError', 'secret "db" not found')];
    harness.pod(100, 'shop-a', { unready: 100, containers }).slice(100.4, [away('shop-a')]);
    expect(harness.last).toMatchObject({ cause: 'crash' });
    expect(harness.last.sentence).toBe('Pod shop-a could not run: CreateContainerConfigError: secret "db" not found.');
  });
});

describe('readiness', () => {
  test('a probe that fails for a second', () => {
    const harness = new Harness().shop(1);
    harness.pod(100.2, 'shop-a', { unready: 100 }).slice(100.4, [away('shop-a')]);
    harness.pod(101.2, 'shop-a', { ready: 101 }).slice(101.4, ['shop-a']);
    expect(harness.story).toEqual(['down readiness']);
    expect(harness.last).toMatchObject({ blip: 0, sentence: 'Pod shop-a was not ready, though running.' });
  });
});

describe('node', () => {
  test('is away with its pods: it was silent before', () => {
    const harness = new Harness().shop(2);
    harness.node(100, 'node-1', { ready: 'Unknown', heard: 58 });
    for (const name of podNames(2)) harness.pod(100.3, name, { unready: 100 });
    harness.slice(100.6, podNames(2).map(away));
    expect(harness.last).toMatchObject({
      cause: 'node',
      node: 'node-1',
      planned: 0,
      started_at: wire(100.6),
      started_earliest: wire(58),
      sentence: 'Node node-1 stopped answering, with 2 of its pods.',
    });
    harness.node(160, 'node-1');
    expect(harness.last.cause).toBe('node');
  });

  test('is away: told after its pods', () => {
    const harness = new Harness().shop(1);
    harness.pod(100.3, 'shop-a', { unready: 100 }).slice(100.6, [away('shop-a')]);
    expect(harness.last.cause).toBe('readiness');
    harness.node(101, 'node-1', { ready: 'Unknown', heard: 58 });
    expect(harness.last).toMatchObject({ cause: 'node', started_earliest: wire(58) });
  });

  test('is away: its pods are marked one after the other, and come back so', () => {
    const harness = new Harness().shop(2);
    harness.node(146, 'node-1', { ready: 'Unknown', heard: 100 });
    harness.pod(146, 'shop-a', { unready: 146 }).slice(146.2, [away('shop-a'), 'shop-b']);
    harness.pod(146.9, 'shop-b', { unready: 146 }).slice(147, podNames(2).map(away));
    expect(harness.story).toEqual(['degraded node', 'down node …']);
    expect(harness.last).toMatchObject({ started_earliest: wire(100), started_latest: wire(147) });
    harness
      .node(200, 'node-1')
      .pod(202, 'shop-a', { ready: 202 })
      .slice(202.2, ['shop-a', away('shop-b')]);
    expect(harness.last).toMatchObject({ kind: 'degraded', cause: 'node', ended_at: null });
  });

  test('is back: its kubelet was stopped, and knows of no change of its pods', () => {
    const harness = new Harness().shop(1).node(146, 'node-1', { ready: 'Unknown', heard: 100 });
    harness
      .pod(146, 'shop-a', { unready: 146 })
      .slice(146.2, [away('shop-a')])
      .node(700, 'node-1');
    harness.pod(700, 'shop-a', { ready: -3595 }).slice(700.2, ['shop-a']);
    expect(harness.last).toMatchObject({
      started_earliest: wire(100),
      ended_earliest: wire(699.2),
      ended_at: wire(700.2),
    });
  });

  test('is gone', () => {
    const harness = new Harness().shop(1);
    harness.node(100, 'node-1', { op: 'delete' });
    harness.pod(101, 'shop-a', { deleted: 101, unready: 101 }).slice(101, []);
    expect(harness.last).toMatchObject({ cause: 'node', sentence: 'Node node-1 is gone, with 1 of its pods.' });
  });
});

describe('eviction', () => {
  const disrupted = (reason: string, message = '') => [
    { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime: kube(100) },
  ];

  test('from a node that is drained', () => {
    const harness = new Harness().shop(1);
    harness.node(90, 'node-1', { cordoned: true });
    const conditions = disrupted('EvictionByEvictionAPI');
    harness.pod(100.1, 'shop-a', { deleted: 100, unready: 100, conditions }).slice(100.4, []);
    expect(harness.last).toMatchObject({
      cause: 'eviction',
      planned: 1,
      node: 'node-1',
      sentence: 'Pod shop-a was evicted while node node-1 was drained.',
    });
  });

  test('from a node whose cordon is told after it', () => {
    const harness = new Harness().shop(1);
    const conditions = disrupted('EvictionByEvictionAPI');
    harness.pod(100.1, 'shop-a', { deleted: 100, unready: 100, conditions }).slice(100.4, []);
    expect(harness.last).toMatchObject({ cause: 'eviction', planned: 0 });
    harness.node(100.5, 'node-1', { cordoned: true });
    expect(harness.last).toMatchObject({ cause: 'eviction', planned: 1 });
  });

  test('by the API alone: the node is cordoned much later', () => {
    const harness = new Harness().shop(1);
    const conditions = disrupted('EvictionByEvictionAPI');
    harness.pod(100.1, 'shop-a', { deleted: 100, unready: 100, conditions }).slice(100.4, []);
    harness.node(200, 'node-1', { cordoned: true });
    expect(harness.last).toMatchObject({ cause: 'eviction', planned: 0 });
  });

  test('by the kubelet', () => {
    const harness = new Harness().shop(1);
    const conditions = disrupted('TerminationByKubelet', 'The node was low on resource: memory.');
    harness.pod(100.1, 'shop-a', { unready: 100, conditions }).slice(100.4, []);
    expect(harness.last).toMatchObject({ cause: 'eviction', planned: 0 });
    expect(harness.last.sentence).toMatch(/low on resource: memory/);
  });
});

describe('scale-down', () => {
  const gone = (harness: Harness) => {
    for (const name of podNames(2)) harness.pod(100.4, name, { deleted: 100 });
    return harness.slice(100.5, ['shop-b']).slice(100.6, []);
  };
  const crashed = (harness: Harness) => {
    for (const name of podNames(2)) harness.pod(100.4, name, { unready: 100, containers: [died(100)] });
    return harness.slice(100.5, podNames(2).map(away));
  };

  test('that is told after its endpoints have left began with that', () => {
    const harness = gone(new Harness().shop(2));
    expect(harness.story).toEqual(['degraded pod-deleted', 'down pod-deleted …']);
    harness.deployment(101, 0, { generation: 2 });
    expect(harness.story).toEqual(['degraded scale-down', 'down scale-down', 'off scale-down …']);
    const { started_at, started_earliest, started_latest } = harness.last;
    expect([started_earliest, started_at, started_latest]).toEqual([wire(100), wire(100.5), wire(101)]);
    // How long it was before that was told is not known any more.
    harness.cut(102, 'late', 40, 101);
    expect(harness.last).toMatchObject({ started_at: wire(101), started_latest: wire(101) });
  });

  test.each([
    ['long after its endpoints have left', gone, 104],
    ['after a crash', crashed, 100.9],
  ])('%s began when it was told', (_when, left, at) => {
    const harness = left(new Harness().shop(2)).deployment(at, 0, { generation: 2 });
    expect(harness.last).toMatchObject({ kind: 'off', started_at: wire(at), started_latest: wire(at) });
  });

  test('left one that is not ready', () => {
    const harness = new Harness().shop(3);
    harness.slice(50, ['shop-a', 'shop-b', away('shop-c')]);
    expect(harness.story).toEqual(['degraded unknown …']);
    harness.deployment(100, 1, { generation: 2 });
    expect(harness.service.state).toBe('up');
    harness.pod(100.5, 'shop-a', { deleted: 100 }).pod(100.5, 'shop-b', { deleted: 100 });
    harness.slice(101, [away('shop-c')]);
    expect(harness.last).toMatchObject({
      kind: 'down',
      cause: 'scale-down',
      planned: 1,
      sentence: 'Deployment shop was scaled from 3 to 1.',
    });
  });
});

describe('unknown', () => {
  test('nothing says why', () => {
    const harness = new Harness().shop(1).slice(100, []);
    expect(harness.last).toMatchObject({ cause: 'unknown', sentence: 'Nothing that was recorded says why.' });
  });

  test('it was so when the recording began', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'metrics', port: 90 },
    ];
    const harness = new Harness().shop(1, { ports });
    expect(harness.last).toMatchObject({ kind: 'port', sentence: 'It was so when the recording began.' });
    expect(JSON.parse(harness.last.cause_facts)).toMatchObject({ unseen: 1 });
  });

  test('the selector was changed', () => {
    const harness = new Harness().shop(1);
    harness.serviceIs(100, { op: 'update', spec: { selector: { app: 'shopp' } } }).slice(100.2, []);
    expect(harness.last).toMatchObject({ kind: 'down', cause: 'unknown' });
    expect(harness.last.sentence).toBe('The selector of the service was changed, away from pods that were ready.');
  });
});

describe('of several', () => {
  test('what most of the pods left for', () => {
    const harness = new Harness().shop(3);
    harness.pod(99, 'shop-a', { deleted: 99, unready: 99 }).slice(99.2, ['shop-b', 'shop-c']);
    harness.pod(100, 'shop-b', { unready: 100, containers: [died(100)] });
    harness.pod(100, 'shop-c', { unready: 100, containers: [died(100)] }).slice(100.4, []);
    expect(harness.last).toMatchObject({ kind: 'down', cause: 'crash', pods: ['shop-c', 'shop-b', 'shop-a'] });
    expect(harness.last.sentence).toBe('2 pods died: Error (exit code 1).');
  });
});
