import { describe, expect, it, test } from 'vitest';
import { ended, Harness, kube, wire } from './testing.ts';

const REMEMBERED_SECONDS = 600;

describe('a pod', () => {
  test('of a list began when its kubelet took it on, and ends with its object', () => {
    const h = new Harness().podIs(10, {}, 'list').podIs(100, {}, 'delete');
    expect(h.pods).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        cluster: 'east',
        namespace: 'web',
        pod: 'shop-a',
        pod_uid: 'uid-shop-a',
        workload_kind: 'Deployment',
        workload: 'shop',
        node: 'node-1',
        team: '',
        environment: '',
        qos: 'Burstable',
        started_at: wire(-50),
        ended_at: wire(100),
        observed_at: wire(10),
        cpu_request_cores: 1,
        cpu_limit_cores: null,
        memory_request_bytes: null,
        memory_limit_bytes: null,
        gpu_request: null,
        gpu_limit: null,
        gpu_resource: '',
        containers: expect.any(String) as string,
        unreadable: 0,
      },
    ]);
    expect(JSON.parse(h.pod.containers)).toMatchObject([{ name: 'app', kind: 'app', cpu_request_cores: 1 }]);
  });

  test('that is not taken on yet began when it was made; its node comes later', () => {
    const h = new Harness().podIs(-59, { started: null, node: '', phase: 'Pending' }, 'add');
    expect(h.pods).toMatchObject([{ node: '', started_at: wire(-60), observed_at: wire(-59) }]);
    h.podIs(10, { started: 5 });
    expect(h.pods).toMatchObject([{ node: 'node-1', started_at: wire(5), observed_at: wire(-59), ended_at: null }]);
  });

  test('never began after it was seen, nor ended before it began', () => {
    const h = new Harness().podIs(10, { started: 20 }, 'add');
    expect(h.spans).toEqual(['1 10-']);
    h.podIs(11, { started: 20, phase: 'Failed', status: ended(9) });
    expect(h.spans).toEqual(['1 10-10']);
  });

  test('whose object says nothing of its times began when it was seen', () => {
    const object = { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }] } };
    expect(new Harness().put(10, 'pod', 'list', object, 'bare').spans).toEqual(['1 10-']);
  });

  test.each([
    ['Succeeded', 'list', ended(5), '1 -50-5'],
    ['Failed', 'update', ended(5), '1 -50-5'],
    ['Failed', 'update', { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: kube(4) }] }, '1 -50-4'],
    ['Failed', 'update', {}, '1 -50-10'],
    // One that was evicted long ago says nothing else.
    ['Failed', 'list', {}, '1 -50--50'],
    ['Failed', 'update', ended(99), '1 -50-10'],
    ['Running', 'list', ended(5), '1 -50-'],
    ['Unknown', 'list', {}, '1 -50-'],
  ] as const)('%s, seen by %s with %j: %s', (phase, op, status, span) => {
    const h = new Harness().podIs(10, { phase, status }, op);
    expect(h.spans).toEqual([span]);
    const isOver = phase === 'Succeeded' || phase === 'Failed';
    h.podIs(20, { phase, status, requests: { cpu: '9' } }).podIs(30, { phase }, 'delete');
    expect(h.spans).toEqual(isOver ? [span] : [`${span}20`, '9 20-30']);
  });

  test('that was seen deleted alone has a row', () => {
    expect(new Harness().podIs(10, {}, 'delete').spans).toEqual(['1 -50-10']);
  });

  test('that vanished ended by then, and goes on where it shows again', () => {
    const h = new Harness().podIs(10, {}, 'list').podIs(50, {}, 'vanished');
    expect(h.spans).toEqual(['1 -50-50']);
    h.podIs(70, {}, 'list');
    expect(h.spans).toEqual(['1 -50-']);
    h.podIs(80, {}, 'vanished').podIs(90, { requests: { cpu: '2' } }, 'list');
    expect(h.spans).toEqual(['1 -50-80', '2 90-']);
  });

  test('that never was known does not vanish', () => {
    expect(new Harness().podIs(10, {}, 'vanished').pods).toEqual([]);
  });

  test('that vanished is not remembered longer for vanishing again', () => {
    const h = new Harness().podIs(10, {}, 'list').podIs(50, {}, 'vanished').podIs(300, {}, 'vanished');
    h.beat(50 + REMEMBERED_SECONDS);
    expect(h.spans).toEqual(['1 -50-50']);
    expect(h.chain.folds[0]?.state.size).toBe(0);
  });

  test('is forgotten some time after it is gone', () => {
    const h = new Harness().podIs(10, {}, 'list').podIs(50, {}, 'delete');
    h.beat(50 + REMEMBERED_SECONDS - 1);
    expect(h.chain.folds[0]?.state.size).toBe(1);
    h.beat(50 + REMEMBERED_SECONDS);
    expect(h.chain.folds[0]?.state.size).toBe(0);
  });
});

describe('what is set', () => {
  test('a resize ends one span and begins the next, told when it was seen', () => {
    const h = new Harness().podIs(10, {}, 'list');
    h.podIs(20, { requests: { cpu: '2' } }).podIs(30, { requests: { cpu: '500m' } });
    expect(h.spans).toEqual(['1 -50-20', '2 20-30', '0.5 30-']);
    expect(h.pods.map(({ observed_at }) => observed_at)).toEqual([10, 20, 30].map(wire));
    expect(new Set(h.pods.map(({ id }) => id)).size).toBe(3);
    expect(h.podIs(40, {}, 'delete').spans.at(-1)).toBe('0.5 30-40');
  });

  test('a resize as the kubelet carries it out', () => {
    const inForce = (cores: string, granted: string) => ({
      containerStatuses: [
        { name: 'app', resources: { requests: { cpu: cores } }, allocatedResources: { cpu: granted } },
      ],
    });
    const h = new Harness().podIs(10, { status: inForce('1', '1') }, 'list');
    h.podIs(20, { requests: { cpu: '3' }, status: inForce('1', '1') });
    h.podIs(25, { requests: { cpu: '3' }, status: inForce('3', '3') });
    // Down: what is in force counts until it is no more.
    h.podIs(30, { requests: { cpu: '2' }, status: inForce('3', '3') });
    h.podIs(35, { requests: { cpu: '2' }, status: inForce('3', '2') });
    h.podIs(40, { requests: { cpu: '2' }, status: inForce('2', '2') });
    expect(h.spans).toEqual(['1 -50-20', '3 20-40', '2 40-']);
    // More was granted than is asked for.
    h.podIs(50, { requests: { cpu: '2' }, status: inForce('2', '4') });
    expect(h.spans.slice(2)).toEqual(['2 40-50', '4 50-']);
  });

  test('the same amount in other words is no change, and neither is a label or a container that restarts', () => {
    const h = new Harness().podIs(10, {}, 'list');
    const { sets = 0 } = h.chain.folds[0] ?? {};
    h.podIs(20, { requests: { cpu: '1000m' } }).podIs(30, { labels: { 'pod-template-hash': 'aaaaa', x: 'y' } });
    h.podIs(40, { status: { containerStatuses: [{ name: 'app', restartCount: 3 }] } });
    expect(h.spans).toEqual(['1 -50-']);
    expect(h.chain.folds[0]?.sets).toBe(sets);
  });

  test('what moves from one container to another is a change', () => {
    const of = (a: string, b: string) => ({
      spec: { containers: [a, b].map((cpu, at) => ({ name: `c${at}`, resources: { requests: { cpu } } })) },
    });
    const h = new Harness().podIs(10, of('1', '2'), 'list').podIs(20, of('2', '1'));
    expect(h.spans).toEqual(['3 -50-20', '3 20-']);
  });

  test('an object that says nothing changes nothing', () => {
    const h = new Harness().podIs(10, {}, 'list').put(20, 'pod', 'update', {}, 'shop-a');
    expect(h.spans).toEqual(['1 -50-']);
    expect(h.put(30, 'pod', 'add', {}, 'other').pods).toHaveLength(1);
  });

  test('a quantity that cannot be read is null and counted, and the pod stays', () => {
    const h = new Harness().podIs(10, { requests: { cpu: 'much', memory: '1Mi' } }, 'list');
    expect(h.pod).toMatchObject({ cpu_request_cores: null, memory_request_bytes: 2 ** 20, unreadable: 1 });
  });
});

describe('what came late', () => {
  test('sets nothing back and makes nothing anew, but for what was deleted', () => {
    const h = new Harness().podIs(50, { requests: { cpu: '2' } }, 'list');
    h.podIs(20, {}, 'update', 'shop-a', true).podIs(21, {}, 'vanished', 'shop-a', true);
    h.podIs(22, {}, 'add', 'brief', true);
    expect(h.spans).toEqual(['2 -50-']);
    h.podIs(30, {}, 'delete', 'brief', true);
    expect(h.spans).toEqual(['2 -50-', '1 -50-30']);
    expect(h.pod.observed_at).toBe(wire(30));
    h.podIs(60, {}, 'delete', 'shop-a', true).podIs(25, {}, 'update', 'shop-a', true);
    expect(h.spans).toEqual(['2 -50-60', '1 -50-30']);
  });

  test('of a workload only tells what was not known', () => {
    const owner = { kind: 'Job', name: 'j', uid: 'uid-j' };
    const of = (name: string) => ({ ownerReferences: [{ kind: 'CronJob', name, uid: 'c', controller: true }] });
    const h = new Harness().workload(5, 'Job', 'j', of('new'));
    const late = { apiVersion: 'batch/v1', kind: 'Job', metadata: of('old') };
    h.put(4, 'workload', 'update', late, 'j', 'uid-j', true).podIs(10, { owner }, 'list');
    expect(h.pod.workload).toBe('new');
  });
});

describe('a node', () => {
  const ALLOCATABLE = { cpu: '3920m', memory: '16Gi', pods: '110', 'nvidia.com/gpu': '2', 'ephemeral-storage': 'x' };

  test('has what it has since it was made; a cordon and a change begin a new span', () => {
    const h = new Harness().node(10, ALLOCATABLE, { op: 'list' }).node(20, { ...ALLOCATABLE, memory: '17179869184' });
    expect(h.nodes).toMatchObject([
      { node: 'node-1', cpu_cores: 3.92, memory_bytes: 2 ** 34, gpus: 2, pods: 110, unschedulable: 0, ended_at: null },
    ]);
    expect(h.nodes[0]?.started_at).toBe(wire(-3600));
    h.node(30, ALLOCATABLE, { cordoned: true }).node(40, { cpu: '4', pods: 'many' }).node(50, {}, { op: 'delete' });
    expect(h.nodes.slice(1)).toMatchObject([
      { started_at: wire(30), ended_at: wire(40), unschedulable: 1 },
      { ended_at: wire(50), unschedulable: 0, cpu_cores: 4, memory_bytes: null, gpus: null, pods: null, unreadable: 1 },
    ]);
  });
});

describe('an autoscaler', () => {
  const hpa = (spec: object) => ({ metadata: { creationTimestamp: kube(0) }, spec });
  const metric = (type: string, name: string, averageUtilization: unknown) => ({
    type: type === 'resource' ? 'Resource' : 'ContainerResource',
    [type]: { name, target: { type: 'Utilization', averageUtilization } },
  });
  const target = { scaleTargetRef: { kind: 'Deployment', name: 'shop' }, maxReplicas: 9 };

  it.each<[string, object, object]>([
    ['no metrics', {}, { min_replicas: 1, max_replicas: 9, cpu_target_percent: null, memory_target_percent: null }],
    [
      'both',
      { minReplicas: 2, metrics: [metric('resource', 'memory', 70), metric('resource', 'cpu', 80)] },
      { min_replicas: 2, cpu_target_percent: 80, memory_target_percent: 70 },
    ],
    ['a container', { metrics: [metric('containerResource', 'cpu', 60)] }, { cpu_target_percent: 60 }],
    [
      'the pods before a container',
      { metrics: [metric('containerResource', 'cpu', 60), metric('resource', 'cpu', 50)] },
      { cpu_target_percent: 50 },
    ],
    ['v1', { targetCPUUtilizationPercentage: 75 }, { cpu_target_percent: 75 }],
    [
      'an amount',
      { metrics: [{ resource: { name: 'cpu', target: { averageValue: '500m' } } }] },
      { cpu_target_percent: null },
    ],
    ['none', { minReplicas: 0 }, { min_replicas: 0 }],
    [
      'odd values',
      { minReplicas: -1, maxReplicas: 2 ** 40, metrics: [metric('resource', 'cpu', '80'), null, 1] },
      { min_replicas: 1, max_replicas: 0, cpu_target_percent: null },
    ],
    ['metrics that are none', { metrics: 'x', scaleTargetRef: null }, { workload: '', cpu_target_percent: null }],
  ])('of %s', (_name, spec, expected) => {
    const h = new Harness().put(10, 'hpa', 'list', hpa({ ...target, ...spec }), 'shop');
    expect(h.scalers).toMatchObject([{ namespace: 'web', name: 'shop', started_at: wire(0), ...expected }]);
  });

  test('another target begins a new span', () => {
    const h = new Harness().put(10, 'hpa', 'list', hpa(target), 'shop');
    h.put(20, 'hpa', 'update', hpa({ ...target, maxReplicas: 20 }), 'shop').put(30, 'hpa', 'vanished', {}, 'shop');
    expect(h.scalers.map(({ max_replicas, ended_at }) => [max_replicas, ended_at])).toEqual([
      [9, wire(20)],
      [20, wire(30)],
    ]);
  });
});

/** A history with everything in it, told to each of several. */
function history(h: Harness): Harness {
  const cron = { kind: 'Job', name: 'j', uid: 'uid-j' };
  h.node(1, { cpu: '4' }, { op: 'list' }).podIs(2, { started: null, node: '' }, 'add').podIs(3, {}, 'list', 'b');
  h.podIs(4, { owner: cron, phase: 'Succeeded', status: ended(0) }, 'list', 'j-1');
  h.workload(5, 'Job', 'j', { ownerReferences: [{ kind: 'CronJob', name: 'c', uid: 'c', controller: true }] });
  h.podIs(6)
    .workload(7, 'Deployment', 'shop', { labels: { team: 't' } })
    .podIs(8, { requests: { cpu: '2' } });
  h.podIs(9, {}, 'vanished', 'b').node(10, { cpu: '4' }, { cordoned: true }).podIs(11, { started: -50 }, 'list', 'b');
  h.podIs(12, {}, 'update', 'b', true)
    .podIs(13, {}, 'delete', 'c', true)
    .podIs(14, { requests: { cpu: 'x' } });
  h.put(15, 'hpa', 'list', { spec: { maxReplicas: 3 } }, 'shop')
    .podIs(16, {}, 'delete')
    .beat(17);
  return h
    .podIs(18, { phase: 'Failed' }, 'update', 'b')
    .podIs(19, {}, 'vanished', 'b')
    .beat(20 + REMEMBERED_SECONDS);
}

test('restarts and entries that come twice change nothing', () => {
  const labels = { team: 'team', environment: '' };
  const plain = history(new Harness({ labels }));
  expect(history(new Harness({ labels, restarts: true })).outcome).toEqual(plain.outcome);
  expect(history(new Harness({ labels, repeats: true })).outcome).toEqual(plain.outcome);
  expect(plain.spans).toHaveLength(6);
  // The Job, the words, the node, the autoscaler and the pod that is over but there.
  expect(plain.chain.folds[0]?.state.size).toBe(5);
});

test('state is small: a pod at rest is its row, one that is over a mark', () => {
  const h = new Harness().podIs(10, { owner: { kind: 'StatefulSet', name: 'db' } }, 'list');
  const size = () => h.chain.folds[0]?.json.length ?? 0;
  expect(size()).toBeLessThan(1000);
  h.podIs(20, { owner: { kind: 'StatefulSet', name: 'db' }, phase: 'Succeeded', status: ended(15) });
  expect(size()).toBeLessThan(60);
});
