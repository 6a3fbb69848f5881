import { expect, test } from 'vitest';
import { coverageKinds, runsOf } from './workload-facts.ts';

test.each([
  ['Deployment', { spec: { replicas: 3 } }, { how: 'replicas', count: 3 }],
  ['StatefulSet', { spec: { replicas: 0 } }, { how: 'replicas', count: 0 }],
  ['DaemonSet', { spec: {}, status: { desiredNumberScheduled: 12 } }, { how: 'daemon', count: 12 }],
  ['DaemonSet', { spec: {} }, { how: 'daemon', count: null }],
  ['CronJob', { spec: { schedule: '0 * * * *' } }, { how: 'schedule', schedule: '0 * * * *' }],
  ['CronJob', { spec: { schedule: '0 * * * *', suspend: true } }, { how: 'suspended', schedule: '0 * * * *' }],
  ['Job', { spec: {} }, { how: 'job', count: 1 }],
  ['Job', { spec: { completions: 5 } }, { how: 'job', count: 5 }],
  ['Rollout', { spec: { replicas: 'three' } }, { how: 'plain' }],
  ['Deployment', undefined, { how: 'plain' }],
])('%s %j', (kind, object, expected) => {
  expect(runsOf(kind, object)).toEqual(expected);
});

test('coverage of its own kind and of pods', () => {
  expect([...coverageKinds('StatefulSet')]).toEqual(['pod', 'workload/statefulsets']);
});
