import { describe, expect, test } from 'vitest';
import { Harness, wire } from './testing.ts';
import { settled } from './testing-deployment.ts';

const start = (more?: Parameters<typeof settled>[2]) => {
  const harness = new Harness();
  return { harness, shop: settled(harness, 10, more) };
};

describe('what comes between', () => {
  test('scaling is no rollout, by a person or by an autoscaler', () => {
    const { harness, shop } = start();
    shop.scale(100, 5).status(100.5).status(101, { total: 5, updated: 5, available: 4 }).done(102);
    shop
      .edit(200, (own) => void (own.replicas = 2), 'kubectl-edit')
      .tell(200)
      .done(201);
    expect(harness.list).toEqual([]);
  });

  test('scaling while it lasts changes what is wanted', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    shop.scale(102, 6);
    expect(harness.last).toMatchObject({ outcome: 'progressing', wanted: 6, updated: 1 });
    shop.status(103, { total: 3, updated: 3, available: 3 });
    expect(harness.last.outcome).toBe('progressing');
    shop.done(104);
    expect(harness.story).toEqual(['change completed']);
  });

  test('a pause, and going on', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    shop.edit(102, (own) => void (own.paused = true)).tell(102);
    expect(harness.last).toMatchObject({ outcome: 'paused', finished_at: null, reason: 'paused' });
    shop
      .status(103)
      .edit(200, (own) => void (own.paused = false))
      .tell(200);
    expect(harness.last).toMatchObject({ outcome: 'progressing', reason: '' });
    shop.done(210);
    expect(harness.story).toEqual(['change completed']);
  });

  test('a change while it is paused waits, and one with no pods wanted too', () => {
    for (const replicas of [3, 0]) {
      const { harness, shop } = start({ replicas });
      shop.edit(90, (own) => void (own.paused = true)).status(90);
      expect(harness.list).toEqual([]);
      shop.image(100, 'shop:2').status(101, { updated: 0 });
      expect(harness.last.outcome).toBe('paused');
      shop
        .edit(200, (own) => void (own.paused = false))
        .tell(200)
        .act(200.4);
      shop.status(201, { updated: 0 }).done(210);
      expect(harness.story).toEqual(['change completed']);
    }
  });

  test('another template ends the one before', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    shop.image(110.5, 'shop:3');
    const [first, second] = harness.list;
    expect(first).toMatchObject({
      outcome: 'superseded',
      finished_at: wire(110),
      superseded_by: second?.id,
      revision: '2',
    });
    expect(second).toMatchObject({ outcome: 'progressing', images_before: { app: 'shop:2' } });
    shop.act(111).status(112, { updated: 1 }).done(120);
    expect(harness.story).toEqual(['change superseded', 'change completed']);
    expect(harness.last.revision).toBe('3');
  });

  test('`kubectl rollout undo` brings an earlier template back, and the one before was rolled back', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).done(110);
    shop.image(200, 'shop:3').act(200.4).status(201, { total: 4, updated: 1, available: 3 });
    shop.image(210, 'shop:2', 'kubectl').act(210.4);
    shop.status(211, { total: 4, updated: 3 }).done(220);
    const [first, second, third] = harness.list;
    expect(harness.story).toEqual(['change completed', 'change rolled-back', 'rollback completed']);
    expect(third).toMatchObject({
      goes_back_to: first?.id,
      template: first?.template,
      revision: '4',
      manager: 'kubectl',
    });
    expect(second).toMatchObject({ superseded_by: third?.id, finished_at: wire(210) });
  });

  test('a template that nobody saw coming can come back too', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).done(110);
    shop.image(200, 'shop:1').act(200.4).status(201, { updated: 1 }).done(210);
    expect(harness.story).toEqual(['change completed', 'rollback completed']);
    expect(harness.last.goes_back_to).toBe('');
  });

  test('a change that is undone before its controller looked leaves both', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').image(100.5, 'shop:1').status(101);
    expect(harness.story).toEqual(['change rolled-back', 'rollback completed']);
    expect(harness.last).toMatchObject({ revision: '1', finished_at: wire(101) });
  });

  test('the end of the workload ends it', () => {
    for (const op of ['delete', 'vanished'] as const) {
      const { harness, shop } = start();
      shop.image(100, 'shop:2').act(100.4).tell(105, op).tell(105, op);
      expect(harness.last).toMatchObject({
        outcome: 'superseded',
        reason: 'the workload was deleted',
        finished_at: wire(105),
      });
      expect(harness.stateJson).not.toContain('workload/');
    }
  });
});

describe('the controller’s deadline', () => {
  test('fails it, and that stays', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    shop.progress(701, 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "shop-2" has timed out progressing.');
    shop.tell(701.5);
    expect(harness.last).toMatchObject({
      outcome: 'failed',
      failed_at: wire(701),
      finished_at: null,
      reason: 'ReplicaSet "shop-2" has timed out progressing',
    });
    shop.done(800);
    expect(harness.last).toMatchObject({ outcome: 'failed', finished_at: wire(800) });
    expect(harness.last.reason).toMatch(/it was completed later$/);
  });

  test('of the rollout before does not fail the rollback', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    shop.progress(701, 'False', 'ProgressDeadlineExceeded');
    shop.tell(701.5).image(750, 'shop:1').act(750.4);
    shop.observed = shop.stored.generation;
    shop.tell(750.6);
    expect(harness.story).toEqual(['change failed', 'rollback progressing']);
    expect(harness.list[0]).toMatchObject({ finished_at: wire(750), superseded_by: harness.last.id });
    shop.done(760);
    expect(harness.story).toEqual(['change failed', 'rollback completed']);
  });

  test('is the only one that a Deployment has', () => {
    const { harness, shop } = start();
    shop.image(100, 'shop:2').act(100.4).status(101, { total: 4, updated: 1 });
    harness.beats(110, 4000);
    expect(harness.last.outcome).toBe('progressing');
  });
});
