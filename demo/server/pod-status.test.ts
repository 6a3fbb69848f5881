import { describe, expect, it } from 'vitest';
import type { ContainerStatus } from '../../schemas/objects.ts';
import type { Pod } from '../cluster/objects.ts';
import { spanText } from './age.ts';
import { summaryOf } from './pod-status.ts';

const status = (name: string, rest: Partial<ContainerStatus>): ContainerStatus => ({ name, restartCount: 0, ...rest });
const running = (name: string, rest: Partial<ContainerStatus> = {}) =>
  status(name, { ready: true, started: true, state: { running: {} }, ...rest });
const waiting = (name: string, reason: string, rest: Partial<ContainerStatus> = {}) =>
  status(name, { state: { waiting: { reason } }, ...rest });
const ended = (name: string, exitCode: number, reason?: string) =>
  status(name, { state: { terminated: { exitCode, ...(reason ? { reason } : {}) } } });

interface Given {
  phase?: string;
  reason?: string;
  inits?: ContainerStatus[];
  apps?: ContainerStatus[];
  deletion?: boolean;
  conditions?: string[];
}

const podOf = ({ phase = 'Running', reason, inits = [], apps = [], deletion, conditions = [] }: Given): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'pod',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(deletion ? { deletionTimestamp: '2026-01-01T00:01:00Z' } : {}),
  },
  spec: {
    containers: ['app', 'proxy'].slice(0, Math.max(1, apps.length)).map((name) => ({ name })),
    initContainers: inits.map(({ name }) => ({ name, ...(name === 'sidecar' ? { restartPolicy: 'Always' } : {}) })),
  },
  status: {
    phase,
    ...(reason ? { reason } : {}),
    conditions: conditions.map((type) => ({ type, status: 'True' })),
    initContainerStatuses: inits,
    containerStatuses: apps,
  },
});

const CASES: [string, string, Given][] = [
  ['no node yet', '0/1 Pending', { phase: 'Pending' }],
  ['starting', '0/1 ContainerCreating', { phase: 'Pending', apps: [waiting('app', 'ContainerCreating')] }],
  ['running', '1/1 Running', { apps: [running('app')] }],
  ['waiting to start again', '0/1 CrashLoopBackOff', { apps: [waiting('app', 'CrashLoopBackOff')] }],
  ['no image', '0/1 ImagePullBackOff', { phase: 'Pending', apps: [waiting('app', 'ImagePullBackOff')] }],
  ['killed beside one that runs', '1/2 OOMKilled', { apps: [ended('app', 137, 'OOMKilled'), running('proxy')] }],
  ['failed', '0/1 Error', { phase: 'Failed', apps: [ended('app', 1, 'Error')] }],
  ['ended without a reason', '0/1 ExitCode:3', { apps: [ended('app', 3)] }],
  ['done', '0/1 Completed', { phase: 'Succeeded', apps: [ended('app', 0, 'Completed')] }],
  ['done beside one that runs', '1/2 NotReady', { apps: [ended('app', 0, 'Completed'), running('proxy')] }],
  [
    'done, and the pod ready',
    '1/2 Running',
    { apps: [ended('app', 0, 'Completed'), running('proxy')], conditions: ['Ready'] },
  ],
  ['first init', '0/1 Init:0/2', { phase: 'Pending', inits: [running('a'), waiting('b', 'PodInitializing')] }],
  ['second init', '0/1 Init:1/2', { phase: 'Pending', inits: [ended('a', 0, 'Completed'), running('b')] }],
  ['init crashes', '0/1 Init:CrashLoopBackOff', { phase: 'Pending', inits: [waiting('a', 'CrashLoopBackOff')] }],
  ['init failed', '0/1 Init:Error', { phase: 'Pending', inits: [ended('a', 1, 'Error')] }],
  [
    'a sidecar counts',
    '2/2 Running',
    { inits: [running('sidecar')], apps: [running('app')], conditions: ['Initialized'] },
  ],
  ['deleted', '1/1 Terminating', { apps: [running('app')], deletion: true }],
  ['deleted on a lost node', '1/1 Unknown', { reason: 'NodeLost', apps: [running('app')], deletion: true }],
  ['on a lost node', '1/1 NodeLost', { reason: 'NodeLost', apps: [running('app')] }],
  ['evicted', '0/1 Evicted', { phase: 'Failed', reason: 'Evicted' }],
];

describe('a pod’s row', () => {
  it.each(CASES)('%s is %s', (_why, row, given) => {
    const summary = summaryOf(podOf(given));
    expect(`${summary.ready}/${summary.total} ${summary.status}`).toBe(row);
  });

  it('counts the restarts of what serves, and those of an init container only until it is done', () => {
    const finishedAt = '2026-01-01T00:02:00Z';
    const died = { restartCount: 4, lastState: { terminated: { exitCode: 1, finishedAt } } };
    const init = status('init', { restartCount: 2, state: { terminated: { exitCode: 0 } } });
    expect(summaryOf(podOf({ inits: [init], apps: [running('app', died)] }))).toMatchObject({
      restarts: 4,
      lastRestartAt: Date.parse(finishedAt),
    });
    const crashing = waiting('init', 'CrashLoopBackOff', { restartCount: 2 });
    expect(summaryOf(podOf({ inits: [crashing] }))).toMatchObject({ restarts: 2, lastRestartAt: 0 });
  });
});

describe('an age', () => {
  it.each([
    [-5, '0s'],
    [119, '119s'],
    [120, '2m'],
    [250, '4m10s'],
    [10 * 60, '10m'],
    [3 * 3600, '3h'],
    [3 * 3600 + 300, '3h5m'],
    [30 * 3600, '30h'],
    [50 * 3600, '2d2h'],
    [9 * 86_400 + 3600, '9d'],
  ])('of %d seconds is %s', (seconds, text) => expect(spanText(seconds * 1000)).toBe(text));
  it('is unknown of no time', () => expect(spanText(Number.NaN)).toBe('<unknown>'));
});
