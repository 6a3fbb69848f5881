import { describe, expect, test } from 'vitest';
import { resolveWorkload } from '../objects/workload.ts';
import { ended, Harness, podObject, wire } from './testing.ts';

describe('whose pod it is', () => {
  const CRON = { kind: 'Job', name: 'backup-1', uid: 'uid-backup-1' };
  const controlledBy = (kind: string, name: string) => ({
    ownerReferences: [{ kind, name, uid: `uid-${name}`, controller: true }],
  });

  test.each([
    ['a StatefulSet', { kind: 'StatefulSet', name: 'db' }, {}, ['StatefulSet', 'db']],
    ['nobody', null, {}, ['Pod', 'shop-a']],
    ['a ReplicaSet whose pods bear no hash', { kind: 'ReplicaSet', name: 'shop' }, {}, ['ReplicaSet', 'shop']],
    ['its node', { kind: 'Node', name: 'a' }, {}, ['Pod', 'shop']],
  ])('of %s, as the exceptions tell', (_name, owner, labels, [kind, name]) => {
    const h = new Harness().podIs(10, { owner, labels }, 'list');
    expect(h.pod).toMatchObject({ workload_kind: kind, workload: name });
    const told = resolveWorkload(podObject({ owner, labels }), 'shop-a', { get: () => undefined } as never);
    expect([told.kind, told.name]).toEqual([kind, name]);
  });

  test('a CronJob stands over a Job, whichever was told first', () => {
    const job = controlledBy('CronJob', 'backup');
    const before = new Harness().workload(5, 'Job', 'backup-1', job).podIs(10, { owner: CRON }, 'list');
    const after = new Harness().podIs(10, { owner: CRON }, 'list').workload(15, 'Job', 'backup-1', job);
    for (const h of [before, after]) expect(h.pods).toMatchObject([{ workload_kind: 'CronJob', workload: 'backup' }]);
    // The Job goes before its pods.
    before.workload(20, 'Job', 'backup-1', job, 'delete').podIs(25, { owner: CRON });
    expect(before.pod).toMatchObject({ workload_kind: 'CronJob', workload: 'backup' });
  });

  test('also of a pod that was over when it was first seen', () => {
    const h = new Harness().podIs(10, { owner: CRON, phase: 'Succeeded', status: ended(5) }, 'list');
    h.workload(15, 'Job', 'backup-1', controlledBy('CronJob', 'backup'));
    expect(h.pods).toMatchObject([{ workload_kind: 'CronJob', ended_at: wire(5) }]);
  });

  test('a ReplicaSet of an unusual owner', () => {
    const rs = { kind: 'ReplicaSet', name: 'shop-aaaaa', uid: 'uid-shop-aaaaa' };
    const h = new Harness().podIs(10, { owner: rs, labels: {} }, 'list');
    h.workload(15, 'ReplicaSet', 'shop-aaaaa', controlledBy('Rollout', 'shop'));
    expect(h.pod).toMatchObject({ workload_kind: 'Rollout', workload: 'shop' });
  });

  test("a Deployment's ReplicaSet is not kept", () => {
    const h = new Harness();
    const labels = { 'pod-template-hash': 'aaaaa' };
    h.workload(5, 'ReplicaSet', 'shop-aaaaa', { labels, ...controlledBy('Deployment', 'shop') });
    expect(h.chain.folds[0]?.state.size).toBe(0);
    expect(h.podIs(10, {}, 'list').pod).toMatchObject({ workload_kind: 'Deployment', workload: 'shop' });
  });

  test('team and environment: the workload says, or the pod', () => {
    const labels = { team: 'team', environment: 'env' };
    const own = { 'pod-template-hash': 'aaaaa', team: 'pods', env: 'test' };
    const h = new Harness({ labels }).podIs(10, { labels: own }, 'list');
    expect(h.pod).toMatchObject({ team: 'pods', environment: 'test' });
    h.workload(12, 'Deployment', 'shop', { labels: { team: 'shops' } });
    expect(h.pod).toMatchObject({ team: 'shops', environment: 'test' });
    h.podIs(14, { labels: own }, 'list', 'shop-b');
    expect(h.pod).toMatchObject({ pod: 'shop-b', team: 'shops' });
    h.workload(16, 'Deployment', 'shop', { labels: { team: 'shops' } }, 'delete').podIs(18, { labels: {} });
    expect(h.pods.map(({ team }) => team)).toEqual(['shops', 'shops']);
    expect(h.spans).toEqual(['1 -50-', '1 -50-']);
  });
});
