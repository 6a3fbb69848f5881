import { expect, test } from 'vitest';
import type { PodObject } from '../../../schemas/objects.ts';
import { Harness, log, pod, running, status, terminated, waiting, wire } from './testing.ts';

/** An entry of another agent, observed at `at`, that newer ones have overtaken. */
const late = (
  harness: Harness,
  at: number,
  object: PodObject,
  op: 'list' | 'update' | 'delete' = 'update',
  uid = 'pod-1',
) => harness.apply(harness.entry(at, 'pod', op, object, uid, uid), true);

const died = (count: number, at: number) =>
  pod([status(count, running(at + 1), terminated({ start: at - 50, end: at, reason: `Reason${count}` }))]);
const young = (object: PodObject): PodObject => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: wire(1) },
});

test('a state with fewer restarts begins no new generation', () => {
  const harness = new Harness();
  harness.pod(0, pod([status(0, running(-60))]), 'add').pod(300, died(3, 290));
  const before = harness.stateJson;
  late(harness, 100, pod([status(1, waiting('CrashLoopBackOff'))]));
  expect(harness.stateJson).toBe(before);
  harness.pod(400, died(4, 390));
  expect(harness.deaths).toEqual(['0.0 Unknown', '0.1 Unknown', '0.2 Reason3', '0.3 Reason4']);
});

test('a state after a lost count is not counted on from an older one', () => {
  const harness = new Harness();
  harness
    .pod(0, pod([status(0, running(-60))]), 'add')
    .pod(200, died(2, 190))
    .pod(300, pod([status(0, running(280))]));
  const before = harness.deaths;
  late(harness, 250, died(5, 240));
  expect(harness.deaths).toEqual(before);
});

test('gives the details of deaths that were only counted', () => {
  const harness = new Harness();
  harness.pod(0, pod([status(0, running(-60))]), 'add').pod(300, died(3, 290));
  late(harness, 100, died(1, 90));
  late(harness, 200, died(2, 190));
  expect(harness.deaths).toEqual(['0.0 Reason1', '0.1 Reason2', '0.2 Reason3']);
});

test('tells the deaths of a pod that only the other agent saw, and that it is gone', () => {
  const harness = new Harness();
  harness.pod(0, pod([status(0, running(-60))]), 'add', 'pod-0');
  late(harness, 50, young(died(1, 40)), 'update', 'pod-2');
  late(harness, 60, young(died(2, 55)), 'delete', 'pod-2');
  harness.log(61, log(1, { pod_uid: 'pod-2' }));
  expect(harness.deaths.map((death) => death.slice(0, 11))).toEqual(['0.0 Reason1', '0.1 Reason2']);
  harness.beat(100_000);
  expect(harness.stateJson).not.toContain('pod/pod-2');
});

test('opens no spell and closes none', () => {
  const harness = new Harness();
  const stuck = pod([status(0, waiting('ImagePullBackOff'))]);
  harness.pod(0, pod([status(0, running(-60))]), 'add').pod(0, stuck, 'add', 'pod-2');
  late(harness, -50, stuck);
  late(harness, -50, pod([status(0, running(-60))]), 'update', 'pod-2');
  harness.beat(100_000);
  expect(harness.of('stuck').map(({ pod_uid, finished_at }) => [pod_uid, finished_at])).toEqual([['pod-2', null]]);
});

test('a service, a node and a known workload stay as they are', () => {
  const harness = new Harness();
  const replicas = {
    kind: 'ReplicaSet',
    metadata: { ownerReferences: [{ kind: 'Deployment', name: 'b', uid: 'd', controller: true }] },
  };
  harness.apply(harness.entry(0, 'service', 'add', { spec: { selector: { app: 'shop' } } }, 'shop', 's'));
  harness.apply(harness.entry(0, 'workload', 'add', replicas, 'shop-1', 'rs'));
  const before = harness.stateJson;
  const ownerless = { kind: 'ReplicaSet', metadata: {} };
  const unready = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  harness.apply(harness.entry(-9, 'service', 'update', { spec: { selector: { app: 'old' } } }, 'shop', 's'), true);
  harness.apply(harness.entry(-9, 'workload', 'update', ownerless, 'shop-1', 'rs'), true);
  harness.apply(harness.entry(-9, 'node', 'update', unready, 'node-1', 'n'), true);
  expect(harness.stateJson).toBe(before);
});
