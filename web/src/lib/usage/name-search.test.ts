import { expect, test } from 'vitest';
import { withName } from './name-search.ts';

test.each([
  ['pod', { cluster: ['a'] }, '', { cluster: ['a'] }],
  ['pod', { cluster: ['a'] }, 'web', { cluster: ['a'], pod: ['*web*'] }],
  ['workload', { workload: ['web', 'db'] }, 'we', { workload: ['web'] }],
  ['workload', { workload: ['Deployment/web'] }, 'db', { workload: [' '] }],
  ['namespace', { namespace: ['!kube-system'] }, 'kube', { namespace: ['!kube-system', '*kube*'] }],
] as const)('by %s, %j, named %j', (by, filters, q, narrowed) =>
  expect(withName(filters as never, by, q)).toEqual(narrowed),
);
