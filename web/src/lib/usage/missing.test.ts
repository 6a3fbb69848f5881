import { expect, test } from 'vitest';
import { exceptionFilters, podFilters } from './links.ts';
import { missingOf } from './missing.ts';

test('the minutes that are still to come count for nothing; the rest is told, the worst first', () => {
  const missing = [
    { cluster: 'a', imported_hours: 23.97, missing_hours: 0.03 },
    { cluster: 'b', imported_hours: 12, missing_hours: 12.04 },
    { cluster: 'c', imported_hours: 0, missing_hours: 24 },
  ];
  expect(missingOf({ wanted_hours: 24.02, imported_hours: 36, missing })).toEqual({
    wanted: 24,
    clusters: [
      { cluster: 'c', hours: 24 },
      { cluster: 'b', hours: 12 },
    ],
  });
});

test('links carry the filters of just this one, and there is none where nothing tells it apart', () => {
  const key = { by: 'workload', cluster: 'a', namespace: 'n', kind: 'Deployment', name: 'web' } as const;
  expect(exceptionFilters(key)).toMatchObject({ cluster: ['a'], namespace: ['n'], workload: ['web'] });
  expect(podFilters(key)).toMatchObject({ namespace: ['n'], workload: ['Deployment/web'] });
  expect(podFilters({ ...key, by: 'pod' })).toBeNull();
  expect(exceptionFilters({ ...key, by: 'team' })).toBeNull();
  expect(podFilters({ ...key, by: 'node', name: '' })).toBeNull();
});
