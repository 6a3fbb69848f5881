import { describe, expect, test } from 'vitest';
import type { PodObject } from '../../../schemas/objects.ts';
import { BadEntry } from '../fold.ts';
import { deathId } from './identity.ts';
import { Harness, jobOwner, log, pod, running, status, terminated, waiting, wire } from './testing.ts';

const healthy = pod([status(0, running(-3000))]);
const first = { start: 10, end: 500, exit: 1, id: 'containerd://one' };
const second = { start: 505, end: 600, exit: 2, id: 'containerd://two' };
const crashed = pod([status(0, terminated(first))]);
const back = pod([status(1, running(505), terminated(first))]);
const fresh = () => new Harness({ restarts: true }).beat(0).pod(1, healthy, 'add');

describe('logs', () => {
  const text =
    '2026-03-01T10:08:20.000000000Z Error: no such table orders\n2026-03-01T10:08:20.1Z     at query (/app/db.js:10:3)';

  test('join their death: status, the log row, the final fingerprint', () => {
    const harness = fresh().pod(501, crashed);
    const before = harness.of('death')[0]!;
    harness.log(502, log(0, { text, container_id: 'containerd://one', redactions: 2, truncated: true }));
    const after = harness.of('death')[0]!;
    expect(after).toEqual({ ...before, log_status: 'caught', fingerprint: after.fingerprint });
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect([...harness.logs.values()]).toEqual([
      {
        exception_id: after.id,
        cluster: 'east',
        namespace: 'web',
        pod: 'shop-7d9f5c6b8d-x2x4z',
        container: 'app',
        observed_at: wire(502),
        status: 'caught',
        detail: '',
        text,
        lines: 2,
        bytes: text.length,
        truncated: 1,
        redactions: 2,
      },
    ]);
  });

  test('after the container is back, and for the older of two', () => {
    const harness = fresh()
      .pod(501, crashed)
      .pod(506, back)
      .pod(601, pod([status(1, terminated(second), terminated(first))]));
    harness.log(602, log(0, { text: 'one' })).log(603, log(1, { status: 'empty' }));
    expect(harness.of('death').map(({ log_status }) => log_status)).toEqual(['caught', 'empty']);
    expect(harness.logs.get(deathId('east', 'pod-1', 'app', 0, 0))?.text).toBe('one');
  });

  test('before the entry that shows the death', () => {
    const late = fresh()
      .log(500, log(0, { text, container_id: 'containerd://one' }))
      .pod(501, crashed);
    const usual = fresh()
      .pod(501, crashed)
      .log(502, log(0, { text, container_id: 'containerd://one' }));
    expect(late.of('death')).toEqual(usual.of('death'));
    expect([...late.logs.keys()]).toEqual([...usual.logs.keys()]);
  });

  test('a log that was caught outlives being asked for again, long after its death was settled', () => {
    const one = { text, container_id: 'containerd://10-500' };
    const harness = fresh()
      .pod(501, pod([status(0, terminated({ start: 10, end: 500 }))]))
      .log(502, log(0, one))
      .pod(520, pod([status(1, running(519), terminated({ start: 10, end: 500 }))]));
    const [id] = [...harness.logs.keys()];
    for (let at = 600; at <= 90_000; at += 600) harness.beat(at);
    harness
      .pod(90_001, pod([status(1, terminated({ start: 519, end: 90_000 }), terminated({ start: 10, end: 500 }))]))
      .log(90_002, log(0, { status: 'gone', container_id: 'containerd://10-500' }));
    expect(harness.logs.get(id ?? '')).toMatchObject({ status: 'caught', text });
  });

  test('a caught log stays, whatever comes after', () => {
    const harness = fresh().pod(501, crashed).log(502, log(0, { text }));
    const print = harness.of('death')[0]?.fingerprint;
    harness.log(503, log(0, { status: 'gone', detail: 'too late' }));
    expect(harness.of('death')[0]).toMatchObject({ log_status: 'caught', fingerprint: print });
    expect([...harness.logs.values()]).toEqual([expect.objectContaining({ status: 'caught', observed_at: wire(502) })]);
  });

  test('the container id is stronger than an ordinal counted otherwise', () => {
    const harness = fresh()
      .pod(501, crashed)
      .pod(601, pod([status(1, terminated(second), terminated(first))]));
    harness.log(602, log(5, { text: 'two', container_id: 'containerd://two' }));
    expect(harness.logs.get(deathId('east', 'pod-1', 'app', 0, 1))?.text).toBe('two');
    harness.log(603, log(0, { text: 'another', container_id: 'containerd://other' }));
    expect(harness.of('death').map(({ log_status }) => log_status)).toEqual(['pending', 'caught']);
    expect(harness.logs.size).toBe(2);
  });

  test('of a pod that nobody knows are kept', () => {
    const harness = new Harness().log(5, log(3, { text: 'lost', pod_uid: 'pod-9' }));
    expect([...harness.logs.keys()]).toEqual([deathId('east', 'pod-9', 'app', 0, 3)]);
    expect(harness.rows.size).toBe(0);
  });

  test('that never come: gone once the pod is forgotten', () => {
    const harness = fresh().pod(501, crashed);
    harness.apply(harness.entry(510, 'pod', 'delete', crashed)).beat(1100);
    expect(harness.of('death')[0]?.log_status).toBe('pending');
    harness.beat(1111);
    expect(harness.of('death')[0]?.log_status).toBe('gone');
    expect(harness.stateJson).not.toContain('pod-1');
  });

  test('a late one after the deletion still joins', () => {
    const harness = fresh().pod(501, crashed);
    harness.apply(harness.entry(510, 'pod', 'delete', crashed)).log(900, log(0, { text }));
    expect(harness.of('death')[0]?.log_status).toBe('caught');
  });

  test('an entry that is no log is known to be bad', () => {
    expect(() => new Harness().log(1, { ...log(0), ordinal: -1 })).toThrow(BadEntry);
  });
});

describe('state', () => {
  test('is small for a healthy pod, and does not change with its updates', () => {
    const harness = fresh();
    expect(harness.stateJson.length).toBeLessThan(300);
    const { sets } = harness;
    harness.pod(20, pod([{ ...status(0, running(-3000)), ready: true }])).beat(30);
    expect(harness.sets).toBe(sets);
  });

  test('a healthy pod that is deleted leaves none', () => {
    const harness = fresh();
    harness.apply(harness.entry(20, 'pod', 'delete', healthy)).beat(619);
    expect(harness.stateJson).toContain('pod-1');
    expect(harness.beat(621).stateJson).not.toContain('pod-1');
  });

  test('still knows the count of a container whose rows are left, so that a fall is seen', () => {
    const harness = fresh()
      .pod(501, crashed)
      .log(502, log(0, { text: 'x' }))
      .pod(506, back)
      .beat(1200);
    harness.pod(1300, pod([status(0, running(1290))]));
    expect(harness.deaths).toEqual(['0.0 Error', '0.1 Unknown']);
  });

  test('leaves a row once it cannot change, and then knows the death still', () => {
    const harness = fresh()
      .pod(501, crashed)
      .log(502, log(0, { text: 'x' }))
      .pod(506, back)
      .beat(1200);
    expect(harness.stateJson.length).toBeLessThan(600);
    const { emitted } = harness;
    harness.pod(1300, back);
    expect(harness.emitted).toBe(emitted);
    const noIds = { start: 10, end: 0, exit: 1, id: '' };
    const bare = pod([status(1, running(505), { terminated: { exitCode: noIds.exit, reason: 'Error' } })]);
    harness.pod(1310, bare);
    expect(harness.emitted).toBe(emitted);
  });

  test('holds a few rows of a crash loop whose logs never come', () => {
    const harness = fresh();
    for (let rc = 1; rc < 50; rc++) {
      const at = 500 + rc * 10;
      harness.pod(at, pod([status(rc, running(at - 1), terminated({ start: at - 8, end: at - 4 }))]));
    }
    expect(harness.of('death')).toHaveLength(49);
    expect(harness.of('death').filter(({ log_status }) => log_status === 'pending')).toHaveLength(4);
    expect(harness.stateJson.length).toBeLessThan(8000);
  });

  test('a repeat of an entry from before a deletion wakes nothing', () => {
    const harness = fresh();
    const stuck = harness.entry(10, 'pod', 'add', pod([status(0, waiting('ErrImagePull'))]));
    harness.apply(stuck).apply(harness.entry(20, 'pod', 'delete', {}));
    const before = harness.stateJson;
    harness.apply(stuck);
    expect(harness.stateJson).toBe(before);
    expect(harness.beat(2000).rows.size).toBe(0);
  });
});

describe('workload and services', () => {
  const replicaSet = (
    harness: Harness,
    at: number,
    owner = { kind: 'Deployment', name: 'shop-api', uid: 'd-1', controller: true },
  ) =>
    harness.apply(
      harness.entry(
        at,
        'workload',
        'list',
        { kind: 'ReplicaSet', metadata: { ownerReferences: [owner] } },
        'shop-7d9f5c6b8d',
        'rs-1',
      ),
    );
  const service = (harness: Harness, at: number, name: string, selector: object) =>
    harness.apply(harness.entry(at, 'service', 'list', { spec: { selector } }, name, `svc-${name}`));
  const namesOf = (harness: Harness) =>
    harness.of('death').map(({ workload_kind, workload }) => `${workload_kind}/${workload}`);

  test('ReplicaSet → Deployment, by its entry or, without one, by its name', () => {
    expect(namesOf(fresh().pod(501, crashed))).toEqual(['Deployment/shop']);
    const harness = new Harness({ restarts: true });
    replicaSet(harness, 0).pod(1, healthy, 'add').pod(501, crashed);
    expect(namesOf(harness)).toEqual(['Deployment/shop-api']);
  });

  test('an owner that comes after the death', () => {
    const harness = fresh().pod(501, crashed);
    const before = harness.of('death')[0]?.fingerprint;
    replicaSet(harness, 502, { kind: 'Rollout', name: 'shop', uid: 'r-1', controller: true });
    expect(namesOf(harness)).toEqual(['Rollout/shop']);
    expect(harness.of('death')[0]?.fingerprint).not.toBe(before);
  });

  test('Job → CronJob, StatefulSet, a bare pod, a static pod', () => {
    const failed = (metadata: object, spec = {}): PodObject => pod([status(0, terminated(first))], { metadata, spec });
    const harness = new Harness({ restarts: true }).beat(0);
    const cron = { ownerReferences: [{ kind: 'CronJob', name: 'report', uid: 'c-1', controller: true }] };
    harness.apply(harness.entry(1, 'workload', 'list', { kind: 'Job', metadata: cron }, 'report-29', 'job-1'));
    const owners: [string, object][] = [
      ['a-cron', jobOwner('Job', 'report-29')],
      ['b-set', { ownerReferences: [{ kind: 'StatefulSet', name: 'db', uid: 's-1', controller: true }] }],
      ['c-bare', { ownerReferences: [] }],
      ['d-proxy-node-1', { ownerReferences: [{ kind: 'Node', name: 'node-1', uid: 'n-1', controller: true }] }],
    ];
    for (const [name, metadata] of owners) harness.pod(501, failed(metadata), 'add', name, name);
    expect(harness.of('death').sort((a, b) => a.pod.localeCompare(b.pod)) && namesOf(harness).sort()).toEqual([
      'CronJob/report',
      'Pod/c-bare',
      'Pod/d-proxy',
      'StatefulSet/db',
    ]);
  });

  test('services whose selector matches, known before or listed with the pods', () => {
    const harness = new Harness({ restarts: true });
    service(harness, 0, 'shop', { app: 'shop' });
    service(harness, 0, 'other', { app: 'shop', tier: 'gold' });
    service(harness, 0, 'headless', {});
    harness.pod(1, healthy, 'add').pod(501, crashed);
    expect(harness.of('death')[0]?.services).toEqual(['shop']);
    service(harness, 502, 'late', { app: 'shop' });
    expect(harness.of('death')[0]?.services).toEqual(['late', 'shop']);
    service(harness, 2000, 'new', { app: 'shop' });
    expect(harness.of('death')[0]?.services).toEqual(['late', 'shop']);
    harness
      .apply(harness.entry(2001, 'service', 'delete', {}, 'shop', 'svc-shop'))
      .pod(2002, pod([status(0, running(2001)), status(0, terminated({ end: 2002 }), undefined, 'b')]));
    expect(harness.of('death').find(({ container }) => container === 'b')?.services).toEqual(['late', 'new']);
  });
});
