import { describe, expect, test } from 'vitest';
import { Harness, kube, pod, running, status, wire } from './testing.ts';

const fresh = () => new Harness({ restarts: true }).beat(0).pod(1, pod([status(0, running(-3000))]), 'add');

describe('pods that end', () => {
  const conditions = (reason: string) => [
    { type: 'DisruptionTarget', status: 'True', reason, message: `by ${reason}`, lastTransitionTime: kube(500) },
  ];
  const ended = (reason: string, message = '', disruption?: string) =>
    pod([], {
      status: { phase: 'Failed', reason, message, ...(disruption && { conditions: conditions(disruption) }) },
    });

  test.each([
    [
      'Evicted',
      'Evicted',
      'The node was low on resource: memory. Threshold quantity: 100Mi',
      'Evicted: the node ran low on memory',
    ],
    [
      'Evicted',
      'Evicted',
      'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.',
      'Evicted: the pod used more ephemeral local storage than its limit',
    ],
    ['DeadlineExceeded', 'DeadlineExceeded', '', 'The pod was active longer than activeDeadlineSeconds allows'],
    [
      'Terminated',
      'NodeShutdown',
      'Pod was terminated in response to imminent node shutdown.',
      'Its node was shut down',
    ],
    ['Preempting', 'Preempted', '', 'Made room for a pod of higher priority'],
    [
      'UnexpectedAdmissionError',
      'UnexpectedAdmissionError',
      '',
      'The kubelet could not admit the pod: often a device that is gone',
    ],
    ['OutOfcpu', 'OutOfcpu', '', 'The node had not enough cpu when the pod arrived'],
  ])('%s → %s (%s)', (given, reason, message, hint) => {
    const harness = fresh().pod(501, ended(given, message)).pod(502, ended(given, message));
    expect(harness.of('pod')).toEqual([
      expect.objectContaining({ reason, message, hint, verdict: 'reported', log_status: 'none' }),
    ]);
    expect(harness.emitted).toBe(1);
  });

  test.each([
    ['EvictionByEvictionAPI', 'Evicted'],
    ['PreemptionByScheduler', 'Preempted'],
    ['DeletionByTaintManager', 'DeletionByTaintManager'],
    ['TerminationByKubelet', 'TerminationByKubelet'],
  ])('DisruptionTarget %s → %s, once a pod', (disruption, reason) => {
    const harness = fresh().pod(501, pod([], { status: { conditions: conditions(disruption) } }));
    expect(harness.of('pod')).toEqual([expect.objectContaining({ reason, finished_at: wire(500) })]);
    harness.pod(505, ended('Evicted', 'The node was low on resource: memory.', disruption));
    expect(harness.of('pod')).toEqual([
      expect.objectContaining({ reason: 'Evicted', finished_at: wire(500), observed_at: wire(501) }),
    ]);
  });

  test('long before the agent came', () => {
    const harness = new Harness().beat(0).pod(1, ended('Evicted'), 'list');
    expect(harness.of('pod')).toEqual([expect.objectContaining({ rule: 'before-first-sight' })]);
  });
});
