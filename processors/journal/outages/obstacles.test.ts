import { describe, expect, test } from 'vitest';
import { died, Harness, kube, podNames, waiting } from './testing.ts';

const away = (pod: string) => ({ pod, ready: false });

describe('what keeps the replacements away comes before what took the pods', () => {
  const deleted = () => new Harness().shop(1).pod(100, 'shop-a', { deleted: 100, unready: 100 }).slice(100.4, []);

  test('image', () => {
    const harness = deleted();
    expect(harness.last).toMatchObject({ cause: 'pod-deleted', sentence: 'Pod shop-a was deleted.' });
    harness.pod(
      105,
      'shop-n',
      { created: 101, unready: 101, containers: [waiting('ImagePullBackOff', 'no such host')] },
      'add',
    );
    expect(harness.last).toMatchObject({
      cause: 'image',
      sentence: 'The image of pod shop-n cannot be had: ImagePullBackOff: no such host.',
    });
    expect(harness.last.exceptions).toEqual([]);
    // Its stuck spell becomes a row after a while.
    harness.beats(110, 500);
    expect(harness.last.exceptions).toHaveLength(1);
  });

  test('unschedulable: no room', () => {
    const harness = deleted();
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: kube(101) },
    ];
    harness.pod(105, 'shop-n', { created: 101, unready: 101, node: '', conditions, containers: [] }, 'add');
    expect(harness.last).toMatchObject({
      cause: 'unschedulable',
      sentence: `No node takes pod shop-n: Unschedulable: ${message}`,
    });
  });

  test('unschedulable: the quota', () => {
    const harness = deleted();
    const message = 'pods "shop-aaaaa-n" is forbidden: exceeded quota: compute';
    harness.event(105, 'FailedCreate', message, { kind: 'ReplicaSet', name: 'shop-aaaaa' });
    expect(harness.last).toMatchObject({
      cause: 'unschedulable',
      sentence: `Pods of Deployment shop are refused: quota: ${message}.`,
    });
  });

  test('crash', () => {
    const harness = deleted();
    harness.pod(105, 'shop-n', { created: 101, unready: 101, containers: [died(104)] }, 'add');
    expect(harness.last).toMatchObject({ cause: 'crash', pods: ['shop-a'] });
    expect(harness.last.exceptions).toHaveLength(1);
  });
});

describe('an outage that turns into another', () => {
  const goes = { pod: 'shop-a', ready: false, serving: true, terminating: true };

  test('is still for want of the image', () => {
    const harness = new Harness().shop(1);
    harness.pod(100, 'shop-a', { deleted: 100 }).slice(100.4, [goes]);
    const containers = [waiting('ErrImagePull', 'not found')];
    harness.pod(101, 'shop-n', { created: 100, unready: 100, containers }, 'add');
    harness.pod(104, 'shop-a', { deleted: 100, unready: 104 }).slice(104.4, []);
    expect(harness.story).toEqual(['degraded image', 'down image …']);
  });

  test('is still for want of the image where the old pod takes its time to end', () => {
    const harness = new Harness().shop(1);
    harness.pod(100, 'shop-a', { deleted: 100 }).slice(100.4, [goes]);
    const containers = [waiting('ImagePullBackOff', 'not found')];
    harness.pod(104, 'shop-n', { created: 101, unready: 101, containers }, 'add');
    harness.pod(130, 'shop-a', { deleted: 100, unready: 130 }).slice(130.4, []).beats(140, 500);
    expect(harness.story).toEqual(['degraded image', 'down image …']);
    expect(harness.last.exceptions).toHaveLength(1);
  });

  test('dies of the release whose pods came while the old one ended', () => {
    const harness = new Harness().shop(1);
    const template = {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [{ name: 'app', image: 'shop:2' }] },
    };
    harness.deployment(100, 1, { generation: 2, spec: { template }, status: { observedGeneration: 1 } });
    harness.pod(100.2, 'shop-a', { deleted: 100 }).slice(100.4, [goes]);
    const own = { owner: { kind: 'ReplicaSet', name: 'shop-bbbbb' }, labels: { 'pod-template-hash': 'bbbbb' } };
    harness.pod(103, 'shop-n', { ...own, created: 101, unready: 101, containers: [died(103)] }, 'add');
    harness.pod(110, 'shop-a', { deleted: 100, unready: 110 }).slice(110.4, []);
    // It runs again between two deaths.
    harness.pod(111, 'shop-n', { ...own, created: 101, unready: 101 });
    expect(harness.story).toEqual(['degraded bad-release', 'down bad-release …']);
    harness.pod(112, 'shop-n', { ...own, created: 101, unready: 101, containers: [died(112, { restartCount: 1 })] });
    expect(harness.story).toEqual(['degraded bad-release', 'down bad-release …']);
    expect(harness.last.sentence).toMatch(/container app of pod shop-n died/);
    expect(harness.last.exceptions).toHaveLength(2);
  });

  test.each([
    ['image', waiting('ImagePullBackOff', 'not found'), 'the image of pod shop-n cannot be had'],
    ['crash', died(102), 'container app of pod shop-n died'],
  ])('%s is of its release, though that is told after it', (cause, container, sentence) => {
    const harness = new Harness().shop(1).pod(100, 'shop-a', { deleted: 100, unready: 100 }).slice(100.4, []);
    const own = { owner: { kind: 'ReplicaSet', name: 'shop-bbbbb' }, labels: { 'pod-template-hash': 'bbbbb' } };
    const fails = { ...own, created: 102, unready: 102, containers: [container] };
    harness.pod(103, 'shop-n', fails, 'add');
    expect(harness.story).toEqual([`down ${cause} …`]);
    const template = {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [{ name: 'app', image: 'shop:2' }] },
    };
    harness.deployment(103.5, 1, { generation: 2, spec: { template }, status: { observedGeneration: 1 } });
    expect(harness.story).toEqual(['down bad-release …']);
    expect(harness.last.sentence).toContain(sentence);
    expect(harness.last.rollout).not.toBe('');
    harness.pod(104, 'shop-n', fails).beats(110, 500);
    expect(harness.last).toMatchObject({ cause: 'bad-release', exceptions: [expect.any(String)] });
  });

  test('for what else befalls the rest, that is the cause', () => {
    const harness = new Harness().shop(2, { options: { degraded_share: 1 } });
    harness.pod(100, 'shop-a', { deleted: 100, unready: 100 }).slice(100.4, ['shop-b']);
    harness.pod(101, 'shop-n', { created: 100, unready: 100, containers: [waiting('ErrImagePull', '')] }, 'add');
    harness.node(2000, 'node-1', { ready: 'Unknown', heard: 1958 });
    harness.pod(2000, 'shop-b', { unready: 2000 }).slice(2000.4, [away('shop-b')]);
    expect(harness.story).toEqual(['degraded image', 'down node …']);
  });

  test('has its cause though that was long ago', () => {
    const harness = new Harness().shop(2);
    for (const name of podNames(2)) harness.pod(100, name, { deleted: 100, unready: 100 });
    harness.slice(100.4, []).beats(110, 2000);
    harness.pod(2000, 'shop-n', { created: 1990, ready: 2000 }, 'add').slice(2000.4, ['shop-n']);
    expect(harness.story).toEqual(['down pod-deleted', 'degraded pod-deleted …']);
    expect(harness.last.sentence).toBe('2 pods were deleted.');
  });
});
