import { describe, expect, test } from 'vitest';
import type { ContainerStatus, PodObject } from '../../../schemas/objects.ts';
import { Harness, kube, pod, running, status, terminated, waiting, wire } from './testing.ts';

const healthy = pod([status(0, running(-3000))]);
const unschedulable = (message: string, since = 100): PodObject =>
  pod([], {
    spec: { nodeName: '' },
    status: {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: kube(since) },
      ],
    },
  });
const fresh = () => new Harness({ restarts: true }).beat(0);
const waits = (reason: string, message = '') => pod([status(0, waiting(reason, message))]);

interface Case {
  name: string;
  object: PodObject;
  reason: string;
  hint: string;
  atOnce?: true;
}

const backOff: ContainerStatus = status(3, waiting('CrashLoopBackOff', 'back-off 40s'), terminated({ end: 90 }));
const cases: Case[] = [
  {
    name: 'image not found',
    object: waits(
      'ErrImagePull',
      'rpc error: code = NotFound desc = failed to resolve reference: docker.io/shop:9: not found',
    ),
    reason: 'ErrImagePull',
    hint: 'The registry has no such image or tag (or none for this platform)',
  },
  {
    name: 'image denied',
    object: waits('ErrImagePull', 'failed to authorize: 401 Unauthorized'),
    reason: 'ErrImagePull',
    hint: 'The registry denies access: check the pull secret',
  },
  {
    name: 'registry away',
    object: waits('ImagePullBackOff', 'dial tcp: lookup registry.local: no such host'),
    reason: 'ImagePullBackOff',
    hint: 'The registry cannot be reached from the node',
  },
  {
    name: 'image name',
    object: waits('InvalidImageName'),
    reason: 'InvalidImageName',
    hint: 'The image name cannot be parsed: it must be changed',
    atOnce: true,
  },
  {
    name: 'image never pulled',
    object: waits('ErrImageNeverPull'),
    reason: 'ErrImageNeverPull',
    hint: 'The image is not on the node, and imagePullPolicy Never forbids to pull it',
    atOnce: true,
  },
  {
    name: 'missing secret',
    object: waits('CreateContainerConfigError', 'secret "db-password" not found'),
    reason: 'CreateContainerConfigError',
    hint: 'Missing: secret db-password',
  },
  {
    name: 'missing key',
    object: waits('CreateContainerConfigError', "couldn't find key url in ConfigMap web/settings"),
    reason: 'CreateContainerConfigError',
    hint: 'Missing: key url in configmap web/settings',
  },
  {
    name: 'command missing',
    object: waits('RunContainerError', 'exec: "serve": executable file not found in $PATH'),
    reason: 'RunContainerError',
    hint: 'The command does not exist in the image',
  },
  {
    name: 'crash loop',
    object: pod([backOff]),
    reason: 'CrashLoopBackOff',
    hint: 'It starts and dies again and again; see its deaths',
  },
  {
    name: 'unschedulable',
    object: unschedulable(
      '0/5 nodes are available: 2 Insufficient memory, 3 node(s) had untolerated taint {gpu: true}. preemption: 0/5 nodes are available: 5 Preemption is not helpful.',
    ),
    reason: 'Unschedulable',
    hint: 'No node fits: not enough memory (2 of 5 nodes); taints that the pod does not tolerate (3 of 5 nodes)',
  },
];

describe('a heartbeat fires what has been stuck for five minutes', () => {
  test.each(cases)('$name', ({ object, reason, hint, atOnce }) => {
    const harness = fresh().pod(100, object, 'add').beat(399);
    expect(harness.of('stuck')).toHaveLength(atOnce ? 1 : 0);
    harness.beat(401).beat(411);
    expect(harness.of('stuck')).toEqual([
      expect.objectContaining({
        reason,
        hint,
        verdict: 'reported',
        log_status: 'none',
        started_at: wire(100),
        finished_at: null,
        observed_at: wire(atOnce ? 100 : 401),
      }),
    ]);
    harness.apply(harness.entry(500, 'pod', 'delete', object));
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ finished_at: wire(500) })]);
    harness.beat(1200);
    expect(harness.stateJson).toBe(`[["first-seen",${Date.parse(wire(0))}]]`);
  });

  test('any other entry does, too', () => {
    const harness = fresh().pod(100, waits('ErrImagePull'), 'add');
    harness.pod(400, healthy, 'add', 'pod-2');
    expect(harness.of('stuck')).toHaveLength(1);
  });

  test('what is over before leaves no row', () => {
    const harness = fresh()
      .pod(100, waits('ErrImagePull'), 'add')
      .pod(390, pod([status(0, running(385))]))
      .beat(900);
    expect(harness.of('stuck')).toEqual([]);
  });

  test('what was over before, though seen late, leaves none either', () => {
    const harness = fresh()
      .pod(100, waits('ErrImagePull'), 'add')
      .pod(900, pod([status(0, running(385))]));
    expect(harness.of('stuck')).toEqual([]);
  });

  test('what ended later than five minutes, seen only then, is a closed row', () => {
    const harness = fresh()
      .pod(100, waits('ErrImagePull'), 'add')
      .pod(900, pod([status(0, running(800))]));
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ started_at: wire(100), finished_at: wire(800) })]);
  });
});

test('ErrImagePull and ImagePullBackOff are one spell; the message that says why stays', () => {
  const why = 'failed to pull and unpack image: not found';
  const harness = fresh().pod(100, waits('ErrImagePull', why), 'add');
  for (let at = 120; at < 600; at += 20) {
    const bare = waits('ImagePullBackOff', 'Back-off pulling image "shop:1.2"');
    harness.pod(at, at % 40 === 0 ? bare : waits('ErrImagePull', why));
  }
  expect(harness.of('stuck')).toEqual([expect.objectContaining({ reason: 'ImagePullBackOff', message: why })]);
  expect(harness.emitted).toBe(1);
  harness.pod(700, pod([status(0, running(690))]));
  expect(harness.of('stuck')).toEqual([expect.objectContaining({ finished_at: wire(690) })]);
  harness.pod(800, waits('ErrImagePull', why)).beat(1200);
  expect(harness.of('stuck')).toHaveLength(2);
});

test('a moment of ContainerCreating does not end a spell', () => {
  const harness = fresh().pod(100, waits('ErrImagePull'), 'add').pod(200, waits('ContainerCreating'));
  harness.pod(210, waits('ErrImagePull')).beat(401);
  expect(harness.of('stuck')).toEqual([expect.objectContaining({ started_at: wire(100), observed_at: wire(401) })]);
});

test('each pod fires in its own time, without a restart between', () => {
  const harness = new Harness().beat(0);
  for (const at of [100, 200, 300]) harness.pod(at, waits('ErrImagePull'), 'add', `pod-${at}`);
  for (let at = 310; at < 700; at += 10) harness.beat(at);
  expect(harness.of('stuck').map(({ pod_uid, observed_at }) => [pod_uid, observed_at])).toEqual([
    ['pod-100', wire(400)],
    ['pod-200', wire(500)],
    ['pod-300', wire(600)],
  ]);
});

test("a bare back-off takes its message from the pod's event", () => {
  const harness = fresh().pod(100, waits('ImagePullBackOff', 'Back-off pulling image "shop:1.2"'), 'add');
  harness.event(101, 'Failed', 'Failed to pull image "shop:1.2": 403 Forbidden').beat(500);
  expect(harness.of('stuck')[0]?.hint).toBe('The registry denies access: check the pull secret');
});

describe('a crash loop', () => {
  const at = (rc: number, start: number) =>
    pod([status(rc, running(start), terminated({ start: start - 20, end: start - 10 }))]);
  const back = (rc: number, end: number) =>
    pod([status(rc, waiting('CrashLoopBackOff'), terminated({ start: end - 5, end }))]);

  test('is one spell through its lives', () => {
    const harness = fresh().pod(0, healthy, 'add').pod(100, back(0, 95)).pod(120, at(1, 118)).pod(130, back(1, 128));
    harness.pod(160, at(2, 158)).pod(170, back(2, 168)).beat(401);
    expect(harness.of('stuck')).toEqual([
      expect.objectContaining({ reason: 'CrashLoopBackOff', started_at: wire(100) }),
    ]);
    expect(harness.of('death')).toHaveLength(3);
    harness.pod(500, at(3, 498)).beat(1000);
    expect(harness.of('stuck')[0]?.finished_at).toBe(null);
    harness.beat(498 + 601);
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ finished_at: wire(498) })]);
  });

  test('that recovers soon leaves no row', () => {
    const harness = fresh().pod(0, healthy, 'add').pod(100, back(0, 95)).pod(120, at(1, 118)).beat(500).beat(2000);
    expect(harness.of('stuck')).toEqual([]);
  });

  test('of a young pod surfaces, though its deaths are under startup', () => {
    const young = { metadata: { creationTimestamp: kube(90) } };
    const harness = fresh()
      .pod(100, pod([status(0, waiting('CrashLoopBackOff'), terminated({ start: 92, end: 95 }))], young), 'add')
      .beat(401);
    expect(harness.deaths).toEqual(['0.0 Error (startup)']);
    expect(harness.of('stuck')).toEqual([expect.objectContaining({ verdict: 'reported' })]);
  });
});

describe('unschedulable', () => {
  test('a gate is not', () => {
    const gated = unschedulable('waiting');
    gated.status!.conditions![0]!.reason = 'SchedulingGated';
    expect(fresh().pod(100, gated, 'add').beat(900).of('stuck')).toEqual([]);
  });

  test('begins and ends when the conditions say; new counts of nodes rewrite nothing', () => {
    const harness = fresh()
      .pod(200, unschedulable('0/5 nodes are available: 5 Insufficient cpu.', 50), 'add')
      .beat(350);
    harness.pod(360, unschedulable('0/6 nodes are available: 6 Insufficient cpu.', 50));
    expect(harness.emitted).toBe(1);
    const bound = pod([], {
      status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: kube(370) }] },
    });
    harness.pod(372, bound);
    expect(harness.of('stuck')).toEqual([
      expect.objectContaining({
        started_at: wire(50),
        finished_at: wire(370),
        hint: 'No node fits: not enough cpu (5 of 5 nodes)',
      }),
    ]);
  });
});

describe('node lost', () => {
  const node = (harness: Harness, at: number, ready: string, since: number) =>
    harness.apply(
      harness.entry(
        at,
        'node',
        'update',
        { status: { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: kube(since) }] } },
        'node-1',
        'n1',
      ),
    );

  test('every pod on it is stuck after five minutes, until it is ready again', () => {
    const harness = fresh().pod(10, healthy, 'add').pod(10, healthy, 'add', 'pod-2');
    harness.pod(10, pod([], { spec: { nodeName: 'node-2' } }), 'add', 'pod-3');
    node(harness, 100, 'Unknown', 90);
    harness.pod(110, healthy).beat(389);
    expect(harness.of('stuck')).toEqual([]);
    harness.beat(391);
    expect(harness.of('stuck').map(({ pod_uid, reason, started_at }) => [pod_uid, reason, started_at])).toEqual([
      ['pod-1', 'NodeLost', wire(90)],
      ['pod-2', 'NodeLost', wire(90)],
    ]);
    node(harness, 700, 'True', 695);
    expect(harness.of('stuck').map(({ finished_at }) => finished_at)).toEqual([wire(695), wire(695)]);
  });

  test('a short absence leaves no row', () => {
    const harness = fresh().pod(10, healthy, 'add');
    node(harness, 100, 'False', 90);
    node(harness, 200, 'True', 190);
    expect(harness.beat(900).of('stuck')).toEqual([]);
  });
});

test('a pod being deleted is stuck no more than tagged', () => {
  const harness = fresh().pod(100, waits('ErrImagePull'), 'add');
  harness.pod(
    110,
    pod([status(0, waiting('ErrImagePull'))], {
      metadata: { deletionTimestamp: kube(140), deletionGracePeriodSeconds: 30 },
    }),
  );
  expect(harness.beat(500).of('stuck')).toEqual([expect.objectContaining({ rule: 'deleting' })]);
});
