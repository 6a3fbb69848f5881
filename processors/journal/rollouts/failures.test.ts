import { describe, expect, test } from 'vitest';
import { exceptionsTable } from '../../../schemas/exceptions.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import type { Desk } from './desk.ts';
import { isOfItself } from './failures.ts';
import type { PodRecord } from './state.ts';
import { Harness, kube, wire } from './testing.ts';
import type { SimDeployment } from './testing-deployment.ts';
import { settled } from './testing-deployment.ts';
import { died, waiting } from './testing-objects.ts';

/** A change of image that began at 100 and goes on; pods `a` of the new template. */
const start = () => {
  const harness = new Harness();
  const shop = settled(harness);
  const old = shop.current.hash;
  shop.pod(20, 'old', { created: -3600 }, 'add');
  shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1, available: 3 });
  shop.pod(101, 'a', {}, 'add');
  return { harness, shop, old };
};

describe('a new pod that dies', () => {
  test('makes the rollout fail, also within the first minutes of its life, and it stays failed', () => {
    const { harness, shop } = start();
    shop.pod(110.5, 'a', { created: 101, status: died(110) });
    const [death] = [...harness.exceptions.values()];
    expect(death).toMatchObject({ verdict: 'suppressed', rule: 'startup' });
    expect(harness.last).toMatchObject({
      outcome: 'failed',
      failed_at: wire(110),
      finished_at: null,
      exceptions: [death?.id],
      reason: `shop-${shop.current.hash}-a: app died, Error (exit code 1)`,
    });
    shop.done(200);
    expect(harness.last).toMatchObject({ outcome: 'failed', finished_at: wire(200), exceptions: [death?.id] });
    expect(harness.last.reason).toMatch(/; it was completed later$/);
  });

  test('counts where it ends with 0 too: a Deployment’s containers are not meant to end', () => {
    const { harness, shop } = start();
    shop.pod(110.5, 'a', { created: 101, status: died(110, 0, 'Completed') });
    expect(harness.last.outcome).toBe('failed');
  });

  test('counts once, however often it is told of, and every death is named', () => {
    const { harness, shop } = start();
    shop.pod(110.5, 'a', { created: 101, status: died(110) }).pod(110.6, 'a', { created: 101, status: died(110) });
    shop.pod(112, 'b', { created: 101, status: died(109) });
    expect(harness.last.exceptions).toHaveLength(2);
    expect(harness.last).toMatchObject({ failed_at: wire(109) });
  });

  test('that was rolled back stays failed, and names the rollback', () => {
    const { harness, shop } = start();
    shop.pod(110.5, 'a', { created: 101, status: died(110) });
    shop.image(150, 'shop:1').act(150.4).done(160);
    expect(harness.story).toEqual(['change failed', 'rollback completed']);
    expect(harness.list[0]).toMatchObject({ superseded_by: harness.last.id, finished_at: wire(150) });
    expect(harness.list[0]?.reason).toMatch(/; an earlier template came back$/);
  });

  const harmless: [string, (shop: SimDeployment, old: string) => void][] = [
    ['is of the old template', (shop, old) => shop.pod(110.5, 'old', { hash: old, created: -3600, status: died(110) })],
    [
      'is of the old template though it is young',
      (shop, old) => shop.pod(110.5, 'late', { hash: old, created: 105, status: died(110) }),
    ],
    ['is being deleted', (shop) => shop.pod(110.5, 'a', { created: 101, deleted: 108, status: died(110, 143) })],
    [
      'is gone with its deletion',
      (shop) => shop.pod(110.5, 'a', { created: 101, deleted: 108, status: died(110, 137) }, 'delete'),
    ],
    ['is being evicted', (shop) => shop.pod(110.5, 'a', { created: 101, disrupted: 108, status: died(110, 137) })],
    [
      'has an init container that ended well',
      (shop) => shop.pod(110.5, 'a', { created: 101, initStatus: died(110, 0, 'Completed', 'init') }),
    ],
  ];
  test.each(harmless)('does not make it fail where it %s', (_, step) => {
    const { harness, shop, old } = start();
    step(shop, old);
    expect([...harness.exceptions.values()].filter(({ type }) => type === 'death')).toHaveLength(1);
    expect(harness.last.outcome).toBe('progressing');
  });

  test('before it was deleted, or its eviction began, counts', () => {
    for (const gone of [{ deleted: 115 }, { disrupted: 115 }]) {
      const { harness, shop } = start();
      shop.pod(116, 'a', { created: 101, ...gone, status: died(110) });
      expect(harness.last.outcome).toBe('failed');
    }
  });

  test('on a node that is away does not count', () => {
    const { harness, shop } = start();
    harness.node(108, 'node-1', 'Unknown');
    shop.pod(110.5, 'a', { created: 101, status: died(110, 255, 'Unknown') });
    expect(harness.last.outcome).toBe('progressing');
  });

  test('after the rollout is over does not make it fail', () => {
    const { harness, shop } = start();
    shop.done(105).pod(110.5, 'a', { created: 101, status: died(110) });
    expect(harness.last.outcome).toBe('completed');
  });

  test('within its time makes it fail though that is told of only after it was over', () => {
    const { harness, shop } = start();
    shop.done(130).pod(140, 'a', { created: 101, status: died(110) });
    expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(110), finished_at: wire(130) });
  });

  test('makes the rollout of its own template fail, not the one that came after', () => {
    const { harness, shop } = start();
    const { hash } = shop.current;
    shop.image(120, 'shop:3').act(120.4);
    shop.pod(121, 'a', { hash, created: 101, status: died(115) });
    expect(harness.story).toEqual(['change failed', 'change progressing']);
    shop.pod(130, 'b', { hash, created: 119, status: died(129) });
    expect(harness.story).toEqual(['change failed', 'change progressing']);
  });

  test('before a rollback began does not count against it', () => {
    const { harness, shop, old } = start();
    shop.image(150, 'shop:1').act(150.4).status(151, { updated: 3 });
    shop.pod(152, 'old', { hash: old, created: -3600, status: died(90) });
    expect(harness.story).toEqual(['change rolled-back', 'rollback progressing']);
    shop.pod(153, 'old', { hash: old, created: -3600, status: { ...died(153), restartCount: 1 } });
    expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(153) });
  });

  test('before anybody has told the new hash is new by its age', () => {
    const harness = new Harness();
    const shop = settled(harness);
    const old = shop.current.hash;
    shop.image(100, 'shop:2');
    const { hash } = shop.control(100);
    shop.pod(101, 'o', { hash: old, created: 101, status: died(101) });
    expect(harness.last.outcome).toBe('progressing');
    shop.pod(102, 'a', { hash, created: 101, status: died(102) });
    expect(harness.last.outcome).toBe('failed');
  });

  test('before the first sight of its rollout counts, unless it ended well', () => {
    for (const [exit, outcome] of [
      [1, 'failed'],
      [0, 'progressing'],
    ] as const) {
      const harness = new Harness();
      const shop = settled(harness);
      shop.image(5, 'shop:2').act(5).status(6, { total: 4, updated: 1 });
      harness.apply({ ...harness.entry(20, 'heartbeat', 'add', {}, '', '') });
      shop.pod(20, 'a', { created: 5 });
      const [row] = [...harness.exceptions.values()];
      expect(row).toBeUndefined();
      shop.pod(30, 'b', { created: 5, status: died(-1, exit) }, 'list');
      expect([...harness.exceptions.values()][0]).toMatchObject({ rule: 'before-first-sight' });
      expect(harness.last.outcome).toBe(outcome);
    }
  });
});

describe('a new pod that is stuck', () => {
  test('makes the rollout fail since it got stuck, at the heartbeat that makes it a row', () => {
    const { harness, shop } = start();
    shop.pod(110, 'a', { created: 101, status: waiting('ImagePullBackOff') });
    harness.beats(120, 400);
    expect(harness.last.outcome).toBe('progressing');
    harness.beat(410);
    expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(110) });
    expect(harness.last.reason).toMatch(/: app is stuck, ImagePullBackOff$/);
    expect(harness.last.exceptions).toHaveLength(1);
  });

  test('does not where its node is lost, which is not its fault', () => {
    const { harness, shop } = start();
    harness.node(110, 'node-1', 'Unknown').beats(120, 500);
    expect([...harness.exceptions.values()]).toContainEqual(expect.objectContaining({ reason: 'NodeLost' }));
    expect(harness.last.outcome).toBe('progressing');
    shop.done(600);
    expect(harness.last.outcome).toBe('completed');
  });
});

test('a death that a clock ahead of ours puts into the future stays where it was first put', () => {
  const { harness, shop } = start();
  shop.pod(110.5, 'a', { created: 101, status: died(120) });
  expect(harness.last.failed_at).toBe(wire(110.5));
  logOf(harness, 115, { status: 'caught', text: 'Error: x', lines: 1, bytes: 8 });
  expect([...harness.exceptions.values()][0]).toMatchObject({ log_status: 'caught' });
  expect(harness.last).toMatchObject({ outcome: 'failed', failed_at: wire(110.5) });
});

test('a pod of a rollback’s template is known by its ReplicaSet before the Deployment shows the revision', () => {
  const { harness, shop, old } = start();
  shop.image(150, 'shop:1');
  harness.workload(150.2, shop.replicaSet(shop.control(150)));
  shop.pod(153, 'old', { hash: old, created: -3600, status: died(152) });
  expect(harness.story).toEqual(['change rolled-back', 'rollback failed']);
});

test('after a change that was undone at once, pods of the template that was there count', () => {
  const harness = new Harness();
  const shop = settled(harness);
  shop.image(100, 'shop:2').image(100.5, 'shop:1');
  shop.pod(102, 'a', { status: died(102) });
  expect(harness.story).toEqual(['change rolled-back', 'rollback failed']);
});

describe('what is abnormal', () => {
  const row = {
    type: 'death',
    container_kind: 'app',
    verdict: 'reported',
    rule: '',
    reason: 'Error',
    exit_code: 1,
    node: '',
    observed_at: wire(100),
    started_at: wire(90),
    finished_at: wire(100),
  };
  const abnormal = (change: object) => {
    const desk = { context: { state: { get: () => undefined } } } as unknown as Desk;
    return isOfItself(desk, { ...row, ...change } as ExceptionRow, { deleted_at: undefined } as unknown as PodRecord);
  };
  test.each<[object, boolean]>([
    [{}, true],
    [{ exit_code: null, finished_at: null, reason: 'Unknown' }, true],
    [{ container_kind: 'sidecar' }, true],
    [{ container_kind: 'init' }, true],
    [{ container_kind: 'init', exit_code: 0 }, false],
    [{ container_kind: 'ephemeral' }, false],
    [{ verdict: 'suppressed', rule: 'startup' }, true],
    [{ verdict: 'suppressed', rule: 'before-first-sight' }, true],
    [{ verdict: 'suppressed', rule: 'before-first-sight', exit_code: 143 }, false],
    ...['name', 'ephemeral', 'init-ok', 'job-completed', 'deleting', 'planned-stop', 'log-unavailable'].map(
      (rule): [object, boolean] => [{ verdict: 'suppressed', rule }, false],
    ),
    [{ type: 'stuck', reason: 'Unschedulable', finished_at: null }, true],
    [{ type: 'stuck', reason: 'NodeLost', finished_at: null }, false],
  ])('%o: %s', (change, expected) => {
    expect(abnormal(change)).toBe(expected);
  });
});

const logOf = (harness: Harness, at: number, more: object) => {
  const [death] = [...harness.exceptions.values()];
  const own = { pod_uid: death?.pod_uid, container: 'app', container_kind: 'app', ordinal: 0, container_id: '' };
  const rest = { started_at: null, finished_at: null, detail: '', text: '', lines: 0, bytes: 0, truncated: false };
  harness.apply(harness.entry(at, 'log', 'add', { ...own, ...rest, redactions: 0, ...more }, '', ''));
};

test('a death that turns out to be none of its own is taken back, also once the pod is gone', () => {
  for (const isGone of [false, true]) {
    const { harness, shop } = start();
    shop.pod(500, 'a', { created: 101, status: died(500) });
    expect(harness.last.outcome).toBe('failed');
    if (isGone) shop.pod(503, 'a', { created: 101, deleted: 502, status: died(500) }, 'delete');
    expect(harness.last.outcome).toBe('failed');
    logOf(harness, 505, { status: 'gone', detail: 'unable to retrieve container logs for containerd://x' });
    expect([...harness.exceptions.values()][0]).toMatchObject({ rule: 'log-unavailable' });
    expect(harness.last).toMatchObject({ outcome: 'progressing', failed_at: null, exceptions: [], reason: '' });
  }
});

test('what an entry that was overtaken tells of a death is taken, and nothing else of it', () => {
  const { harness, shop } = start();
  const { hash } = shop.current;
  const late = harness.entry(
    112,
    'pod',
    'update',
    {
      metadata: {
        creationTimestamp: kube(101),
        labels: { 'pod-template-hash': hash },
        ownerReferences: [{ kind: 'ReplicaSet', name: `shop-${hash}`, uid: `rs-${hash}`, controller: true }],
      },
      spec: { restartPolicy: 'Always', containers: [{ name: 'app' }] },
      status: { containerStatuses: [died(110)] },
    },
    `shop-${hash}-z`,
    'uid-z',
  );
  harness.beat(130).apply(late, true);
  expect(harness.exceptions.size).toBe(1);
  expect(harness.last.outcome).toBe('failed');
  expect(harness.stateJson).not.toContain('uid-z');
});

test('rows of other tables and of Jobs are not heard', () => {
  expect(exceptionsTable.name).toBe('exceptions_versions');
  const { harness } = start();
  harness.apply(
    harness.entry(
      110,
      'workload',
      'update',
      { kind: 'Job', status: { conditions: [{ type: 'Failed', status: 'True' }] } },
      'shop',
      'job-1',
    ),
  );
  expect([...harness.exceptions.values()][0]?.type).toBe('job');
  expect(harness.last.outcome).toBe('progressing');
});
