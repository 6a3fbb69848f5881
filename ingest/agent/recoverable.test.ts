import { describe, expect, test } from 'vitest';
import type { Kind, Op } from '../../schemas/entry.ts';
import { createRecoverable } from './recoverable.ts';

type Json = Record<string, unknown>;
const told = (kind: Kind, op: Op, object: Json = {}) => ({ kind, op, uid: 'u', object });

const running = (more: Json = {}) => ({ name: 'app', restartCount: 0, state: { running: {} }, ...more });
const died = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z', containerID: 'c1' } };
const pod = (status: Json, metadata: Json = {}): Json => ({ metadata, status });
const containers = (...statuses: Json[]): Json => pod({ phase: 'Running', containerStatuses: statuses });
const slice = (...conditions: Json[]): Json => ({ endpoints: conditions.map((each) => ({ conditions: each })) });

/** Whether each entry is recoverable, told one after another. */
const marks = (kind: Kind, ...entries: [Op, Json][]) => {
  const isRecoverable = createRecoverable();
  return entries.map(([op, object]) => isRecoverable(told(kind, op, object)));
};

describe('what a later list tells again', () => {
  test.each<[Kind, boolean]>([
    ['heartbeat', true],
    ['coverage', false],
    ['log', false],
    ['event', false],
    ['dead_letter', false],
  ])('%s: %s', (kind, expected) => {
    expect(marks(kind, ['add', {}], ['add', {}])).toEqual([expected, expected]);
  });

  test.each<[string, Json]>([
    ['ready or not', containers(running({ ready: false }))],
    ['another label', pod({ containerStatuses: [running()] }, { labels: { a: 'b' } })],
    ['starting', containers({ ...running(), state: { waiting: { reason: 'ContainerCreating' } } })],
    ['no status at all', {}],
    ['a status of another shape', { status: { containerStatuses: [null, 'x'], conditions: 7 } }],
  ])('a pod that comes, is %s, and goes: only the update', (_, object) => {
    expect(marks('pod', ['add', containers(running())], ['update', object], ['delete', object])).toEqual([
      false,
      true,
      false,
    ]);
  });

  test.each<[string, Json]>([
    ['a death', containers(running({ state: died, restartCount: 0 }))],
    ['a death seen after the restart', containers(running({ lastState: died, restartCount: 1 }))],
    ['a restart without a word', containers(running({ restartCount: 1 }))],
    ['an init container that died', pod({ initContainerStatuses: [running({ state: died })] })],
    ['a failed pull', containers(running({ state: { waiting: { reason: 'ErrImagePull' } } }))],
    ['an eviction', pod({ phase: 'Failed', reason: 'Evicted' })],
    ['its success', pod({ phase: 'Succeeded' })],
    ['its end', pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['no room on any node', pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] })],
    [
      'a preemption',
      pod({ conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] }),
    ],
  ])('%s is not recoverable, its repetition is, and nor is that it passed', (_, object) => {
    const well = containers(running());
    expect(marks('pod', ['list', well], ['update', object], ['update', object], ['update', well])).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('every death of a crash loop is kept, and what lies between two is not', () => {
    const crash = (restartCount: number, finishedAt: string, ready: boolean) =>
      containers(running({ restartCount, ready, lastState: { terminated: { exitCode: 1, finishedAt } } }));
    expect(
      marks(
        'pod',
        ['update', crash(1, 't1', false)],
        ['update', crash(1, 't1', true)],
        ['update', crash(2, 't2', false)],
        ['update', crash(2, 't2', true)],
        ['list', crash(2, 't2', true)],
      ),
    ).toEqual([false, true, false, true, true]);
  });

  test('the two words for a failed pull are one state', () => {
    const waits = (reason: string) => containers(running({ state: { waiting: { reason } } }));
    expect(
      marks(
        'pod',
        ['update', waits('ErrImagePull')],
        ['update', waits('ImagePullBackOff')],
        ['update', waits('CreateContainerConfigError')],
      ),
    ).toEqual([false, true, false]);
  });

  test('an object that comes again under its uid begins anew', () => {
    const dead = containers(running({ restartCount: 1, lastState: died }));
    expect(marks('pod', ['update', dead], ['vanished', {}], ['list', dead], ['list', dead])).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test('a slice that begins or ends to serve', () => {
    expect(
      marks(
        'endpointslice',
        ['list', slice({ ready: true }, { ready: true })],
        ['update', slice({ ready: true }, { ready: false })],
        ['update', slice({ ready: false, serving: true, terminating: true })],
        ['update', slice({ ready: false })],
        ['update', slice()],
        ['update', slice({})],
      ),
    ).toEqual([true, true, false, false, true, false]);
  });

  test('a workload of another generation, with another condition or failure', () => {
    const job = (generation: number, failed: number, complete?: string) => ({
      metadata: { generation },
      status: { failed, conditions: complete ? [{ type: 'Complete', status: complete, reason: '' }] : [] },
    });
    expect(
      marks(
        'workload',
        ['list', job(1, 0)],
        ['update', job(1, 0)],
        ['update', job(2, 0)],
        ['update', job(2, 1)],
        ['update', job(2, 1, 'True')],
        ['list', job(2, 1, 'True')],
      ),
    ).toEqual([true, true, false, false, false, true]);
  });

  test('a node that fails, and nothing of its own heartbeats', () => {
    const node = (status: string, at: string) => ({
      spec: { taints: status === 'True' ? [] : [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] },
      status: { conditions: [{ type: 'Ready', status, reason: 'KubeletReady', lastHeartbeatTime: at }] },
    });
    expect(
      marks('node', ['list', node('True', '1')], ['update', node('True', '2')], ['update', node('Unknown', '3')]),
    ).toEqual([true, true, false]);
  });

  test('each object is judged by its own past', () => {
    const isRecoverable = createRecoverable();
    const dead = containers(running({ restartCount: 1 }));
    expect(['a', 'b', 'a'].map((uid) => isRecoverable({ ...told('pod', 'update', dead), uid }))).toEqual([
      false,
      false,
      true,
    ]);
  });
});
