import { describe, expect, it } from 'vitest';
import { viewPod, type Place } from './pod-view.ts';

const ended = (id: string, more: object = {}) => ({
  terminated: {
    exitCode: 1,
    reason: 'Error',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:05Z',
    containerID: id,
    ...more,
  },
});
const running = { running: { startedAt: '2026-01-01T00:00:06Z' } };
const view = (status: object) =>
  viewPod({ metadata: { uid: 'u' }, status: { containerStatuses: [{ name: 'a', ...status }] } })?.containers[0];

describe('the deaths in a status', () => {
  it.each<[string, object, [number, string, Place][]]>([
    ['running, never died', { restartCount: 0, state: running }, []],
    ['terminated', { restartCount: 0, state: ended('x') }, [[0, 'x', 'current']]],
    [
      'terminated again',
      { restartCount: 3, state: ended('y'), lastState: ended('x') },
      [
        [2, 'x', 'previous'],
        [3, 'y', 'current'],
      ],
    ],
    ['running again', { restartCount: 1, state: running, lastState: ended('x') }, [[0, 'x', 'previous']]],
    [
      'back-off',
      { restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('x') },
      [[4, 'x', 'current']],
    ],
    [
      'being created anew, which the kubelet has counted',
      { restartCount: 1, state: { waiting: {} }, lastState: ended('x') },
      [[0, 'x', 'previous']],
    ],
    [
      'being created anew on a node that lost the container',
      { restartCount: 2, state: { waiting: { reason: 'ContainerCreating' } }, lastState: ended('x') },
      [[1, 'x', 'previous']],
    ],
    [
      'an image that cannot be pulled anew',
      { restartCount: 1, state: { waiting: { reason: 'ImagePullBackOff' } }, lastState: ended('x') },
      [[1, 'x', 'current']],
    ],
    ['no state at all', { restartCount: 2, lastState: ended('x') }, [[1, 'x', 'previous']]],
    ['jumped by five', { restartCount: 7, state: running, lastState: ended('x') }, [[6, 'x', 'previous']]],
    [
      'running with a lastState and no restart',
      { restartCount: 0, state: running, lastState: ended('x') },
      [[0, 'x', 'previous']],
    ],
    [
      'without containerID',
      { restartCount: 0, state: ended('', { containerID: undefined }), containerID: 'z' },
      [[0, 'z', 'current']],
    ],
    ['restartCount of another type', { restartCount: '3', state: ended('x') }, [[0, 'x', 'current']]],
  ])('%s', (_name, status, expected) => {
    expect(view(status)?.deaths.map((death) => [death.ordinal, death.containerId, death.place])).toEqual(expected);
  });

  it.each<[string, unknown, string | null]>([
    ['a time', '2026-01-01T00:00:05Z', '2026-01-01T00:00:05.000Z'],
    ['the zero time', '0001-01-01T00:00:00Z', null],
    ['the epoch', '1970-01-01T00:00:00Z', null],
    ['null', null, null],
  ])('%s', (_name, finishedAt, expected) => {
    expect(view({ state: ended('x', { finishedAt }) })?.deaths[0]?.finishedAt).toBe(expected);
  });

  it('tells the kinds of containers apart', () => {
    const pod = viewPod({
      metadata: { uid: 'u' },
      spec: { initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'init' }] },
      status: {
        initContainerStatuses: [{ name: 'side' }, { name: 'init' }],
        containerStatuses: [{ name: 'app' }],
        ephemeralContainerStatuses: [{ name: 'debug' }],
      },
    });
    expect(pod?.containers.map(({ name, kind }) => [name, kind])).toEqual([
      ['side', 'sidecar'],
      ['init', 'init'],
      ['app', 'app'],
      ['debug', 'ephemeral'],
    ]);
  });

  it.each([null, 'x', [], {}, { metadata: { uid: 3 } }])('%j is no pod', (raw) => expect(viewPod(raw)).toBeNull());
  it.each([{ containerStatuses: null }, { containerStatuses: [null, 3, {}] }, { containerStatuses: {} }, null])(
    '%j has no containers',
    (status) => {
      expect(viewPod({ metadata: { uid: 'u' }, status })?.containers).toEqual([]);
    },
  );
});
