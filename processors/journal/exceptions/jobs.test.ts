import { describe, expect, test } from 'vitest';
import { Harness, kube, wire } from './testing.ts';

describe('jobs that fail', () => {
  const job = (reason: string, type = 'Failed') => ({
    kind: 'Job',
    metadata: { ownerReferences: [{ kind: 'CronJob', name: 'report', uid: 'c-1', controller: true }] },
    status: {
      startTime: kube(100),
      conditions: [{ type, status: 'True', reason, message: 'why', lastTransitionTime: kube(400) }],
    },
  });
  const entry = (harness: Harness, at: number, object: object) =>
    harness.apply(harness.entry(at, 'workload', 'update', object, 'report-29', 'job-1'));

  test.each(['BackoffLimitExceeded', 'DeadlineExceeded', 'PodFailurePolicy'])('%s', (reason) => {
    const harness = new Harness({ restarts: true }).beat(0);
    entry(harness, 401, job(reason));
    entry(harness, 402, job(reason));
    expect(harness.of('job')).toEqual([
      expect.objectContaining({
        pod: '',
        pod_uid: 'job-1',
        workload_kind: 'CronJob',
        workload: 'report',
        reason,
        message: 'why',
        started_at: wire(100),
        finished_at: wire(400),
        observed_at: wire(401),
        verdict: 'reported',
      }),
    ]);
    expect(harness.emitted).toBe(1);
  });

  test('one whose failure is first seen with its deletion', () => {
    const harness = new Harness().beat(0);
    const before = harness.stateJson;
    harness.apply(harness.entry(401, 'workload', 'delete', job('DeadlineExceeded'), 'report-29', 'job-1'));
    expect(harness.of('job')).toHaveLength(1);
    expect(harness.stateJson).toBe(before);
  });

  test('one that completes is none', () => {
    const harness = new Harness().beat(0);
    entry(harness, 401, job('', 'Complete'));
    expect(harness.of('job')).toEqual([]);
  });
});
