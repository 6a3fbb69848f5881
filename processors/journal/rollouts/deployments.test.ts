import { describe, expect, test } from 'vitest';
import { Harness, wire } from './testing.ts';
import { SimDeployment, settled } from './testing-deployment.ts';
import { died } from './testing-objects.ts';

const start = (more?: Parameters<typeof settled>[2], options?: unknown) => {
  const harness = new Harness(options === undefined ? {} : { options });
  return { harness, shop: settled(harness, 10, more) };
};

describe('what a Deployment begins with', () => {
  test('one that stands is no rollout', () => {
    const { harness } = start();
    expect(harness.list).toEqual([]);
  });

  test('one that is made while the agent watches is created', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: 100 });
    shop.tell(100.2, 'add');
    expect(harness.last).toMatchObject({
      kind: 'create',
      outcome: 'progressing',
      started_at: wire(100),
      started_earliest: wire(100),
      observed_at: wire(100.2),
      images_before: {},
      images_after: { app: 'shop:1' },
      changed: [],
      changes: '[]',
      manager: 'helm',
      wanted: 3,
      updated: 0,
    });
    shop.act(100.4).status(101, { total: 3, updated: 3, available: 1 }).done(105);
    expect(harness.last).toMatchObject({
      outcome: 'completed',
      revision: '1',
      finished_at: wire(105),
      updated: 3,
      available: 3,
    });
    expect(harness.list).toHaveLength(1);
  });

  test('one that was made and stood while nobody looked was created, and finished when its controller says', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: 100 });
    shop.control(100);
    shop.count(130, { total: 3, updated: 3, available: 3 }).tell(900, 'list');
    expect(harness.last).toMatchObject({
      kind: 'create',
      outcome: 'completed',
      started_at: wire(100),
      finished_at: wire(130),
      observed_at: wire(900),
    });
  });

  test('one whose pods fail, or is being scaled up, is no rollout at first sight', () => {
    for (const counts of [
      { total: 3, updated: 3, available: 1 },
      { total: 2, updated: 2, available: 2 },
    ]) {
      const harness = new Harness();
      const shop = new SimDeployment(harness, { at: -3600 });
      shop.control(-3600);
      shop.count(-3500, { total: 3, updated: 3, available: 3 });
      shop.counts = { ...shop.counts, ...counts };
      shop.tell(10, 'list');
      expect(harness.list).toEqual([]);
    }
  });

  test('one in the middle began with its ReplicaSet, by whoever had written last by then', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    shop.control(-3600);
    shop.count(-3500, { total: 3, updated: 3, available: 3 });
    shop.edit(-60, (own) => void (own.template = { image: 'shop:2' }), 'argocd-controller');
    shop.control(-60);
    shop.count(-50, { total: 4, updated: 1, available: 3 });
    shop.stored.write(-20, 'kubectl-annotate');
    shop.tell(10, 'list');
    expect(harness.last).toMatchObject({
      kind: 'change',
      outcome: 'progressing',
      started_at: wire(-20),
      started_earliest: wire(-3600),
      manager: 'kubectl-annotate',
      images_before: {},
      images_after: { app: 'shop:2' },
    });
    shop.tellSets(10);
    expect(harness.last).toMatchObject({
      started_at: wire(-60),
      manager: 'argocd-controller',
      started_earliest: wire(-3600),
    });
    shop.done(20);
    expect(harness.story).toEqual(['change completed']);
  });

  test('one that its controller has finished stands, whatever its conditions say', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    shop.control(-3600);
    shop.count(-3500, { total: 3, updated: 3, available: 3 });
    shop.progress(-3500, 'True', 'ReplicaSetUpdated');
    shop.tell(10, 'list');
    expect(harness.list).toEqual([]);
  });

  test('one that is paused with old pods, or has only some of its new ones, is in the middle', () => {
    for (const [reason, total, outcome] of [
      ['DeploymentPaused', 4, 'paused'],
      ['ReplicaSetUpdated', 1, 'progressing'],
    ] as const) {
      const harness = new Harness();
      const shop = new SimDeployment(harness, { at: -3600 });
      shop.control(-3600);
      shop.paused = outcome === 'paused';
      shop.count(-3500, { total, updated: 1, available: 1 });
      shop.progress(-3500, 'Unknown', reason);
      shop.stored.write(-20, 'kubectl-annotate');
      shop.tell(10, 'list');
      expect(harness.last).toMatchObject({ kind: 'create', outcome, started_at: wire(-3600) });
    }
  });

  test('one that was made by one and marked later by another is the work of the first', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: 100 });
    shop.control(100);
    shop.stored.write(300, 'kubectl-annotate');
    shop.count(130, { total: 3, updated: 3, available: 3 }).tell(900, 'list');
    expect(harness.last.manager).toBe('helm');
  });

  test('one whose deadline had passed before the first sight has failed then', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    shop.control(-3600);
    shop.count(-3500, { total: 3, updated: 3, available: 3 });
    shop.edit(-1000, (own) => void (own.template = { image: 'shop:2' }));
    shop.control(-1000);
    shop.count(-900, { total: 4, updated: 1, available: 3 });
    shop.progress(-400, 'False', 'ProgressDeadlineExceeded', 'it has timed out');
    shop.tell(10, 'list');
    expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(-400), reason: 'it has timed out' });
  });

  test('one that its controller has not looked at is decided once it has', () => {
    const harness = new Harness();
    const shop = new SimDeployment(harness, { at: -3600 });
    shop.control(-3600);
    shop.count(-3500, { total: 3, updated: 3, available: 3 });
    shop.edit(5, (own) => void (own.template = { image: 'shop:2' })).tell(10, 'list');
    expect(harness.list).toEqual([]);
    shop.act(11).status(12, { total: 4, updated: 1 });
    expect(harness.last).toMatchObject({ kind: 'change', outcome: 'progressing', images_after: { app: 'shop:2' } });
  });
});

describe('a change', () => {
  test('lasts until updated, all and available pods are as many as are wanted', () => {
    const { harness, shop } = start();
    shop.image(100.3, 'shop:2', 'kubectl-set');
    expect(harness.last).toMatchObject({
      kind: 'change',
      outcome: 'progressing',
      revision: '',
      started_at: wire(100),
      started_earliest: wire(100),
      manager: 'kubectl-set',
      images_before: { app: 'shop:1' },
      images_after: { app: 'shop:2' },
      changed: ['containers[app].image'],
      updated: 0,
      available: 3,
    });
    shop.act(100.5).status(101, { total: 4, updated: 1, available: 3 });
    shop.status(102, { total: 3, updated: 3, available: 2 });
    expect(harness.last).toMatchObject({ outcome: 'progressing', revision: '2', updated: 3, available: 2 });
    shop.status(103, { total: 4, updated: 3, available: 3 });
    expect(harness.last.outcome).toBe('progressing');
    shop.done(104);
    expect(harness.last).toMatchObject({ outcome: 'completed', finished_at: wire(104) });
    expect(harness.story).toEqual(['change completed']);
  });

  test('is not over by a status of the generation before', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2');
    shop.tell(100.2).act(100.4);
    expect(harness.last).toMatchObject({ outcome: 'progressing', updated: 0 });
  });

  test('tells of fields, and of the environment only that it changed', () => {
    const { harness, shop } = start({ template: { image: 'shop:1', env: { DB: 'aaa', OLD: 'ooo' } } });
    shop.edit(100, (own) => {
      own.template = { image: 'shop:1', env: { DB: 'bbb', NEW: 'nnn' }, labels: { tier: 'web' } };
    });
    shop.tell(100);
    expect(JSON.parse(harness.last.changes)).toEqual([
      { field: 'containers[app].env[DB]', before: 'set', after: 'changed' },
      { field: 'containers[app].env[NEW]', before: null, after: 'set' },
      { field: 'containers[app].env[OLD]', before: 'set', after: null },
      { field: 'labels[tier]', before: null, after: 'web' },
    ]);
    expect(JSON.stringify(harness.last)).not.toMatch(/aaa|bbb|nnn|ooo/);
  });

  test('of what is not recorded is told by the revision that the controller counts', () => {
    const { harness, shop } = start();
    shop.edit(100, (own) => void (own.template = { ...own.template, unrecorded: 'checksum' }), 'helm').tell(100);
    expect(harness.list).toEqual([]);
    shop.act(100.4);
    expect(harness.last).toMatchObject({
      kind: 'change',
      revision: '2',
      changed: [],
      manager: 'helm',
      started_at: wire(100),
    });
    shop.status(101, { total: 4, updated: 1 }).done(110);
    expect(harness.story).toEqual(['change completed']);
  });

  test('is a restart where nothing but the time of a restart changed', () => {
    const { harness, shop } = start();
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-03-01T10:01:40Z' };
    shop.edit(100, (own) => void (own.template = { ...own.template, annotations }), 'kubectl-rollout').tell(100);
    shop.act(100.4).status(101, { updated: 1, total: 4 }).done(110);
    expect(harness.story).toEqual(['restart completed']);
  });

  test('with no pods wanted is over once its controller has looked', () => {
    const { harness, shop } = start({ replicas: 0 });
    shop.image(100, 'shop:2');
    expect(harness.last.outcome).toBe('progressing');
    shop.act(100.4).status(100.6);
    expect(harness.last).toMatchObject({ outcome: 'completed', wanted: 0, revision: '2' });
  });

  test('with every pod allowed to be away at once is over when all are back', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.2);
    shop.status(100.4, { total: 0, updated: 0, available: 0 }).status(101, { total: 3, updated: 3, available: 0 });
    expect(harness.last.outcome).toBe('progressing');
    shop.done(110);
    expect(harness.last.outcome).toBe('completed');
  });

  test('takes the cause that is written a moment after it, and the labels that name team and environment', () => {
    const harness = new Harness({ labels: { team: 'team', environment: 'env' } });
    const shop = settled(harness, 10, { template: { image: 'shop:1', labels: { env: 'prod' } } });
    shop.stored.labels = { team: 'checkout' };
    shop.image(100, 'shop:2');
    shop.stored.annotations = { ...shop.stored.annotations, 'kubernetes.io/change-cause': 'release 2' };
    shop.tell(101);
    expect(harness.last).toMatchObject({ change_cause: 'release 2', team: 'checkout', environment: 'prod' });
  });

  test('where managers are not told began when it was seen', () => {
    const { harness, shop } = start();
    shop.stored.keepsManagers = false;
    shop.image(100.5, 'shop:2');
    expect(harness.last).toMatchObject({ started_at: wire(100.5), started_earliest: wire(100.5), manager: '' });
  });

  test('is not the controllers’ own, nor that of a scaler', () => {
    const { harness, shop } = start();
    shop.edit(100, (own) => void (own.template = { image: 'shop:2' }), 'flux');
    shop.stored.write(100, 'kube-controller-manager');
    shop.stored.write(100, 'keda', 'scale');
    shop.tell(100.5);
    expect(harness.last.manager).toBe('flux');
  });

  test('by the controller manager itself is not given to who wrote long before', () => {
    const { harness, shop } = start();
    shop.edit(100, (own) => void (own.template = { image: 'shop:2' }), 'kube-controller-manager').tell(100.5);
    expect(harness.last).toMatchObject({ manager: '', started_at: wire(100.5) });
  });

  test('begins no earlier than the one before', () => {
    const { harness, shop } = start();
    shop.edit(100, (own) => void (own.template = { image: 'shop:2' }), 'kube-controller-manager').tell(100.5);
    shop.image(100.9, 'shop:3', 'kubectl');
    expect(harness.list.map(({ started_at }) => started_at)).toEqual([wire(100.5), wire(100.5)]);
  });

  test('that reads the same has not the old one’s pods', () => {
    const { harness, shop } = start();
    const old = shop.current.hash;
    shop.edit(100, (own) => void (own.template = { ...own.template, unrecorded: 'checksum' })).tell(100);
    shop.control(100.2);
    shop.tell(100.4);
    expect(harness.story).toEqual(['change progressing']);
    shop.pod(110, 'old', { hash: old, created: -3600, status: died(110) });
    expect(harness.story).toEqual(['change progressing']);
  });

  test('takes the hash of the ReplicaSet after a collision', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2');
    shop.collisions = 1;
    shop.act(100.4).status(101, { total: 4, updated: 1 });
    shop.pod(102, 'a', { status: { name: 'app', restartCount: 0, state: {} } }, 'add');
    shop.pod(103, 'a', { created: 102, status: died(103) });
    expect(harness.last.outcome).toBe('failed');
  });
});
