import { expect, test } from 'vitest';
import { usageOfPane } from '../url/usage-pane.ts';
import { parseUsageName, usageName, usagePane, type UsageKey } from './usage-name.ts';

const key = (given: Partial<UsageKey>): UsageKey => ({
  by: 'pod',
  cluster: 'prod-eu',
  namespace: '',
  kind: '',
  name: '',
  ...given,
});

test.each([
  [key({ namespace: 'shop', name: 'web-1' }), 'prod-eu/shop/web-1'],
  [key({ by: 'workload', namespace: 'shop', kind: 'Deployment', name: 'web' }), 'prod-eu/shop/Deployment/web'],
  [key({ by: 'workload', namespace: 'shop' }), 'prod-eu/shop//'],
  [key({ by: 'namespace', namespace: 'shop' }), 'prod-eu//namespace/shop'],
  [key({ by: 'team', name: 'a/b 100%' }), 'prod-eu//team/a%2Fb 100%25'],
  [key({ by: 'team' }), 'prod-eu//team/'],
  [key({ by: 'node', name: 'node-1' }), 'prod-eu//node/node-1'],
  [key({ by: 'cluster' }), 'prod-eu//cluster/'],
])('%j is named %s and found by it', (one, name) => {
  expect(usageName(one)).toBe(name);
  expect(parseUsageName(name)).toEqual(one);
  expect(usageOfPane(usagePane(one))).toBe(name);
});

test.each(['', 'prod-eu', 'prod-eu/shop', '/shop/web', 'prod-eu/shop/', 'prod-eu//planet/x', 'a/b/c/d/e'])(
  '%j names nothing',
  (name) => expect(parseUsageName(name)).toBeNull(),
);

test('another pane is not about usage', () => expect(usageOfPane('rollout:1')).toBeNull());
