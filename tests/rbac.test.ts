import { expect, it } from 'vitest';
import { LEASE_DEFAULTS } from '../ingest/agent/lease.ts';
import { SOURCES } from '../ingest/agent/sources.ts';
import { rbacObjects, rightsOf } from './rbac-rules.ts';

const objects = rbacObjects();
const rulesOf = (kind: string) => objects.filter((object) => object.kind === kind).flatMap(({ rules = [] }) => rules);
const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

it('grants list and watch on what the agent watches, the logs of pods, and nothing else', () => {
  const watched = SOURCES.flatMap(({ apiVersion, resource }) =>
    ['list', 'watch'].map((verb) => `${verb} ${groupOf(apiVersion)}/${resource}`),
  );
  expect(rightsOf(rulesOf('ClusterRole'))).toEqual([...watched, 'get /pods/log'].toSorted());
});

it('grants the one Lease, in its namespace', () => {
  const { name, namespace } = LEASE_DEFAULTS;
  const lease = 'coordination.k8s.io/leases';
  expect(rightsOf(rulesOf('Role'))).toEqual([`create ${lease}`, `get ${lease}=${name}`, `update ${lease}=${name}`]);
  expect(objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace)).toEqual([namespace]);
});

it('grants to the one service account', () => {
  const account = objects.find(({ kind }) => kind === 'ServiceAccount')?.metadata;
  const bindings = objects.filter(({ kind }) => kind.endsWith('Binding'));
  expect(bindings.map(({ kind, roleRef }) => `${kind} ${roleRef?.kind}`)).toEqual([
    'ClusterRoleBinding ClusterRole',
    'RoleBinding Role',
  ]);
  for (const { subjects } of bindings) {
    expect(subjects).toEqual([{ kind: 'ServiceAccount', name: account?.name, namespace: account?.namespace }]);
  }
});
