import { describe, expect, test } from 'vitest';
import { died, Harness, kube, podNames, waiting, wire } from './testing.ts';

const away = (pod: string) => ({ pod, ready: false });
const newPod = { owner: { kind: 'ReplicaSet', name: 'shop-bbbbb' }, labels: { 'pod-template-hash': 'bbbbb' } };
const disruption = (status: 'True' | 'False', reason: string) => [
  { type: 'DisruptionTarget', status, reason, message: 'x', lastTransitionTime: kube(100) },
];
const template = (image: string) => ({
  template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'app', image }] } },
});

describe('what has been said of an outage stays true', () => {
  test('though its pod fails otherwise later', () => {
    const harness = new Harness().shop(1);
    harness.pod(100, 'shop-a', { unready: 100 }).slice(100.2, [away('shop-a')]);
    harness.pod(105, 'shop-a', { ready: 105 }).slice(105.2, ['shop-a']);
    harness.pod(340, 'shop-a', { unready: 340, containers: [died(340)] }).slice(340.2, [away('shop-a')]);
    const containers = [{ ...died(340, { restartCount: 1 }), state: waiting('CrashLoopBackOff').state }];
    harness.pod(344, 'shop-a', { unready: 340, containers });
    expect(harness.story).toEqual(['down readiness', 'down crash …']);
  });

  test('though the rollout that caused it was over long ago', () => {
    const harness = new Harness().shop(1);
    harness.deployment(100, 1, { generation: 2, spec: template('shop:2'), status: { observedGeneration: 1 } });
    harness.pod(101, 'shop-a', { deleted: 101, unready: 101 }).slice(101.4, []);
    harness.pod(103, 'shop-n', { ...newPod, created: 102, unready: 102, containers: [died(103)] }, 'add');
    const failed = { cause: 'bad-release', planned: 0 };
    expect(harness.last).toMatchObject(failed);
    harness.deployment(200, 1, { generation: 3, spec: template('shop:3'), status: { observedGeneration: 2 } });
    harness.pod(201, 'shop-n', { ...newPod, created: 102, deleted: 201, unready: 102 }, 'delete').beats(210, 3000);
    expect(harness.last).toMatchObject({ ...failed, ended_at: null });
  });

  test('though the pods were disrupted in vain before', () => {
    const harness = new Harness().shop(1);
    harness.pod(100, 'shop-a', { conditions: disruption('True', 'PreemptionByScheduler') });
    harness.pod(220, 'shop-a', { conditions: disruption('False', 'PreemptionByScheduler') });
    harness.pod(5000, 'shop-a', { unready: 5000, containers: [died(5000)] }).slice(5000.4, [away('shop-a')]);
    expect(harness.last.cause).toBe('crash');
  });
});

describe('the revision of a rollout', () => {
  test('is told though its controller names it after the pods are gone', () => {
    const harness = new Harness().shop(1).deployment(50, 1, { revision: '1' });
    const change = { generation: 2, spec: template('shop:2'), status: { observedGeneration: 1 } };
    harness.deployment(100, 1, { ...change, revision: '1' });
    harness.pod(101, 'shop-a', { deleted: 101, unready: 101 }, 'delete').slice(101.4, []);
    expect(harness.last.sentence).toBe('The rollout of Deployment shop (shop:2) replaced pod shop-a.');
    harness.deployment(102, 1, { ...change, revision: '2' });
    expect(harness.last.sentence).toBe('The rollout of Deployment shop to revision 2 (shop:2) replaced pod shop-a.');
    // What has become of the rollout is forgotten before the outage is over.
    harness.deployment(103, 1, { ...change, revision: '2', status: { observedGeneration: 2 } }).beats(110, 3000);
    expect(JSON.parse(harness.last.cause_facts)).toMatchObject({ revision: '2' });
  });
});

describe('a refusal', () => {
  const drained = () => {
    const harness = new Harness().shop(1).node(90, 'node-1', { cordoned: true });
    const conditions = disruption('True', 'EvictionByEvictionAPI');
    return harness.pod(100, 'shop-a', { deleted: 100, unready: 100, conditions }).slice(100.4, []);
  };
  const about = { kind: 'ReplicaSet', name: 'shop-aaaaa' };

  test('that a list tells of again is of the time that it says', () => {
    const harness = drained().event(110, 'FailedCreate', 'exceeded quota', about, { last: -3000 });
    expect(harness.last).toMatchObject({ cause: 'eviction', planned: 1 });
    harness.event(120, 'FailedCreate', 'exceeded quota', about, { last: 119 });
    expect(harness.last).toMatchObject({ cause: 'unschedulable', planned: 0 });
  });

  test('that came just before the endpoints were seen leaving counts', () => {
    const harness = new Harness().shop(1).pod(100, 'shop-a', { deleted: 100, unready: 100 });
    harness.event(100.2, 'FailedCreate', 'exceeded quota', about, { last: 100 }).slice(100.4, []);
    expect(harness.last.cause).toBe('unschedulable');
  });
});

describe('what keeps nothing away', () => {
  test('a pod that has been broken for long', () => {
    const harness = new Harness().shop(3);
    const broken = (restartCount: number) => ({ containers: [died(60, { restartCount })] });
    harness.pod(60, 'shop-c', { unready: 60, ...broken(1) }).slice(60.2, ['shop-a', 'shop-b', away('shop-c')]);
    harness.node(90, 'node-1', { cordoned: true });
    const conditions = disruption('True', 'EvictionByEvictionAPI');
    for (const pod of ['shop-a', 'shop-b']) harness.pod(2000, pod, { deleted: 2000, unready: 2000, conditions });
    harness.slice(2000.4, [away('shop-c')]).pod(2010, 'shop-c', { unready: 60, ...broken(9) });
    expect(harness.last).toMatchObject({ kind: 'down', cause: 'eviction', planned: 1 });
  });

  test('a replacement that had to wait for a second', () => {
    const harness = new Harness().shop(1).pod(100, 'shop-a', { deleted: 100, unready: 100 }).slice(100.4, []);
    const unscheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' };
    harness.pod(
      101,
      'shop-n',
      { created: 101, unready: 101, node: '', conditions: [unscheduled], containers: [] },
      'add',
    );
    expect(harness.last.cause).toBe('unschedulable');
    harness.pod(102, 'shop-n', { created: 101, unready: 101, containers: [waiting('ContainerCreating')] });
    harness.pod(160, 'shop-n', { created: 101, ready: 160 }).slice(160.2, ['shop-n']);
    expect(harness.last.cause).toBe('pod-deleted');
  });
});

describe('a deletion by hand', () => {
  const replaced = (harness: Harness, pods: number, at: number) => {
    for (const name of podNames(pods)) harness.pod(at, name, { deleted: at, unready: at });
    return harness.slice(at + 0.4, []);
  };

  test('is none of a rollout that is paused', () => {
    const harness = new Harness().shop(2);
    const spec = { ...template('shop:2'), paused: true };
    harness.deployment(100, 2, { generation: 2, spec, status: { updatedReplicas: 0 } });
    expect(replaced(harness, 2, 9000).last).toMatchObject({ cause: 'pod-deleted', planned: 0 });
  });

  test('is none of a scaling that took fewer', () => {
    const harness = new Harness().shop(4).deployment(100, 3, { generation: 2 });
    harness.pod(100.2, 'shop-d', { deleted: 100, unready: 100 }).slice(100.4, podNames(3));
    expect(replaced(harness, 3, 600).last).toMatchObject({ cause: 'pod-deleted', planned: 0 });
  });
});

describe('what is wanted', () => {
  test('of a DaemonSet whose nodes are gone is one at least: it is down, not off', () => {
    const harness = new Harness();
    const status = (desiredNumberScheduled: number, observedGeneration = 1) => ({
      kind: 'DaemonSet',
      status: { desiredNumberScheduled, observedGeneration },
    });
    harness.deployment(10, 0, { op: 'list', ...status(2) }).serviceIs(10);
    const owner = { kind: 'DaemonSet', name: 'shop' };
    for (const name of podNames(2)) harness.pod(10, name, { owner, node: `node-${name}` }, 'list');
    harness.slice(10, podNames(2), { op: 'list' }).watching(11);
    for (const name of podNames(2)) {
      harness
        .node(100, `node-${name}`, { op: 'delete' })
        .pod(101, name, { owner, node: `node-${name}`, deleted: 101, unready: 101 });
    }
    harness.slice(101.2, []).deployment(102, 0, status(0)).beats(110, 900);
    expect(harness.story).toEqual(['down node …']);
    // Its controller sees a changed spec a moment later.
    harness
      .deployment(1000, 0, { ...status(0), generation: 2 })
      .deployment(1000.1, 0, { ...status(0, 2), generation: 2 });
    expect(harness.service.state).toBe('off');
  });

  test('by a person again within a minute has its time to come', () => {
    const harness = new Harness().shop(2).deployment(100, 0, { generation: 2 });
    for (const name of podNames(2)) harness.pod(100.5, name, { deleted: 100, unready: 100 }, 'delete');
    harness.slice(101, []).deployment(120, 2, { generation: 3 }).slice(122, ['shop-n', 'shop-m']);
    expect(harness.story).toEqual(['off scale-down']);
    expect(harness.last).toMatchObject({ ended_latest: wire(122) });
  });

  test('by a workload that is made anew within a minute has never been given up', () => {
    const harness = new Harness().shop(2).deployment(100, 2, { op: 'delete' });
    for (const name of podNames(2)) harness.pod(100.5, name, { deleted: 100, unready: 100 }, 'delete');
    harness.slice(101, []).deployment(102, 2, { op: 'add', uid: 'second' }).beats(110, 340);
    harness.slice(350, podNames(2));
    const spans = harness.outages.map(({ kind, started_latest, ended_latest }) => [kind, started_latest, ended_latest]);
    expect(spans).toEqual([
      ['off', wire(101), wire(102)],
      ['down', wire(102), wire(350)],
    ]);
    expect(harness.last).toMatchObject({ cause: 'scale-down', sentence: 'Deployment shop was deleted.' });
  });

  test('in addition has its own time to come, each time', () => {
    const harness = new Harness().shop(1).deployment(100, 2).deployment(390, 10);
    expect(harness.service).toMatchObject({ state: 'up', ready: 1, wanted: 10 });
    harness.beats(400, 410);
    expect(harness.service.state).toBe('degraded');
    const more = new Harness().shop(8).deployment(100, 9).deployment(390, 16).beats(400, 680);
    expect(more.service.state).toBe('up');
    expect(more.beat(700).service.state).toBe('degraded');
  });

  test('fits its column, whatever a workload asks for', () => {
    const harness = new Harness().shop(1);
    for (const name of ['x', 'y', 'z']) harness.deployment(50, 2 ** 31 - 1, { name, op: 'add' });
    expect(harness.service.wanted).toBe(2 ** 32 - 1);
  });
});

describe('endpoints that move', () => {
  const many = Array.from({ length: 150 }, (_, at) => `shop-${at}`);

  test.each([25, 150])('are no outage: %i of them', (count) => {
    const harness = new Harness().shop(1);
    const pods = many.slice(0, count);
    for (const pod of pods) harness.pod(12, pod, {}, 'list');
    harness.slice(50, pods).slice(100, []);
    harness.slice(100.2, pods.slice(0, 100), { op: 'add', name: 'shop-2' });
    harness.slice(100.4, pods.slice(100), { op: 'add', name: 'shop-3' }).beats(110, 120);
    expect(harness.outages.filter(({ kind, blip }) => kind === 'down' && blip === 0)).toEqual([]);
    expect(harness.outages.some(({ blip }) => blip === 1)).toBe(true);
  });
});

describe('a port', () => {
  test('that a service has got is waited for while the slices follow', () => {
    const ports = [{ name: 'web', port: 80 }];
    const harness = new Harness().shop(1).serviceIs(100, { op: 'update', spec: { ports } });
    harness.slice(100.3, ['shop-a'], { ports: ['web'] }).beats(110, 200);
    expect(harness.story).toEqual([]);
    harness.serviceIs(300, { op: 'update', spec: { ports: [...ports, { name: 'admin', port: 81 }] } }).beats(310, 320);
    expect(harness.last).toMatchObject({ kind: 'port', port: 'admin', started_earliest: wire(299) });
  });

  test('that a service got while it was down is missed from when it serves', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ];
    const harness = new Harness().shop(2).slice(90, []).serviceIs(100, { op: 'update', spec: { ports } });
    harness.slice(300.5, podNames(2));
    expect(harness.last).toMatchObject({ kind: 'port', port: 'admin', started_earliest: wire(299.5) });
  });

  test('that a service got while it was down has its time, too', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ];
    const harness = new Harness().shop(1).slice(90, []).serviceIs(100, { op: 'update', spec: { ports } });
    harness
      .slice(100.1, ['shop-a'])
      .slice(100.3, ['shop-a'], { ports: ['http', 'admin'] })
      .beats(110, 130);
    expect(harness.story).toEqual(['down unknown']);
  });

  test('that was there before another was added is missed at once', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ];
    const harness = new Harness().shop(2).serviceIs(100, { op: 'update', spec: { ports } });
    harness.slice(100.2, podNames(2), { ports: ['http', 'admin'] }).slice(108, podNames(2), { ports: ['admin'] });
    expect(harness.last).toMatchObject({ kind: 'port', port: 'http', started_latest: wire(108) });
  });

  test('is lost to the newest rollout of all that stand behind', () => {
    const harness = new Harness().shop(1).deployment(20, 1, { op: 'list', name: 'back', uid: 'back' });
    const change = { generation: 2, status: { observedGeneration: 1 }, spec: template('next:2') };
    harness.deployment(150, 1, { ...change, name: 'shop' });
    harness.deployment(100, 1, { ...change, name: 'back', uid: 'back' });
    harness.slice(160, ['shop-n'], { ports: ['web'] });
    expect(JSON.parse(harness.last.cause_facts)).toMatchObject({ workload: 'Deployment shop' });
  });
});

describe('what a hostile object says', () => {
  test('of a pod of another namespace is not told', () => {
    const harness = new Harness().shop(1);
    const secret = {
      metadata: { labels: { app: 'pay' } },
      status: { phase: 'Running', containerStatuses: [died(99)] },
    };
    harness.put(99, 'pod', 'update', secret, 'pay-a', 'uid-pay-a', 'payroll');
    harness.slice(100, ['pay-a']).slice(102, []);
    expect(harness.last).toMatchObject({ kind: 'down', exceptions: [] });
    expect(JSON.stringify(harness.outages)).not.toMatch(/died|exit code/);
  });

  test('is told in one line, and not at length', () => {
    const harness = new Harness().shop(1);
    const containers = [waiting('CreateContainerConfigError', `first\n\tline ${'x'.repeat(100_000)}`)];
    harness.pod(100, 'shop-a', { unready: 100, containers }).slice(100.4, [away('shop-a')]);
    expect(harness.last.sentence).toMatch(
      /^Pod shop-a could not run: CreateContainerConfigError: first line x{100,300}…\.$/,
    );
    expect(harness.chain.folds.at(-1)?.json.length).toBeLessThan(20_000);
  });
});

describe('a node', () => {
  test('that ends its pods though it answers', () => {
    const harness = new Harness().shop(1);
    const conditions = disruption('True', 'DeletionByTaintManager');
    harness.pod(100, 'shop-a', { deleted: 100, unready: 100, conditions }).slice(100.4, []);
    expect(harness.last).toMatchObject({
      cause: 'node',
      sentence: 'Pod shop-a was ended on node node-1: DeletionByTaintManager.',
    });
  });

  test('that is shut down: the pod’s own reason says so', () => {
    const harness = new Harness().shop(1);
    const status = {
      phase: 'Failed',
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
    };
    harness.pod(100, 'shop-a', { unready: 100, status, conditions: disruption('True', 'TerminationByKubelet') });
    harness.slice(100.4, []);
    expect(harness.last).toMatchObject({ cause: 'node', node: 'node-1' });
  });
});
