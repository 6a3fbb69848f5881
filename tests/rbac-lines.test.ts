import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SOURCES } from '../ingest/agent/sources.ts';
import { manifest, subjectOf } from '../web/src/lib/rbac/manifest.ts';
import { missingGrants, RBAC_KINDS, type Unreadable } from '../web/src/lib/rbac/rules.ts';
import { rbacObjects, rightsOf, type RbacObject, type Rule } from './rbac-rules.ts';

/** What the pages tell people to apply, held against what the agent is given in deploy/rbac.yaml. */
const granted = rightsOf(rbacObjects().flatMap(({ kind, rules = [] }) => (kind === 'ClusterRole' ? rules : [])));
const ACCOUNT = { kind: 'ServiceAccount', name: 'tidemark-agent', namespace: 'tidemark' } as const;

const missing = (kind: string, namespace = '', reason = ''): Unreadable => ({ kind, namespace, reason });
const parse = (text: string): RbacObject[] =>
  parseAllDocuments(text, { strict: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as RbacObject;
  });
const rulesOf = (objects: RbacObject[]): Rule[] => objects.flatMap(({ rules = [] }) => rules);

it('knows each kind that the agent watches, and the logs', () => {
  expect(RBAC_KINDS.toSorted()).toEqual([...SOURCES.map(({ name }) => name), 'log'].toSorted());
});

it('allows all that deploy/rbac.yaml allows where everything is missing, and nothing else', () => {
  const [all, ...more] = missingGrants(RBAC_KINDS.map((kind) => missing(kind)));
  expect(more).toEqual([]);
  expect(rightsOf(all?.rules ?? [])).toEqual(granted);
});

it.each(SOURCES.map((source) => [source.name, source] as const))(
  '%s: its own resource, list and watch',
  (name, source) => {
    const group = source.apiVersion.includes('/') ? source.apiVersion.slice(0, source.apiVersion.indexOf('/')) : '';
    const objects = parse(manifest(missingGrants([missing(name, 'shop')]), ACCOUNT));
    expect(rightsOf(rulesOf(objects))).toEqual([
      `list ${group}/${source.resource}`,
      `watch ${group}/${source.resource}`,
    ]);
    const kinds = source.namespaced ? ['Role', 'RoleBinding'] : ['ClusterRole', 'ClusterRoleBinding'];
    expect(objects.map(({ kind }) => kind)).toEqual(kinds);
    for (const { metadata } of objects) expect(metadata.namespace).toBe(source.namespaced ? 'shop' : undefined);
  },
);

it('binds each role to who was refused', () => {
  const unreadable = [missing('pod', 'shop'), missing('log', 'shop'), missing('node'), missing('pdb', 'search')];
  const objects = parse(manifest(missingGrants(unreadable), ACCOUNT));
  const roles = objects.filter(({ rules }) => rules);
  const bindings = objects.filter(({ roleRef }) => roleRef);
  expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual([
    'ClusterRole ',
    'Role search',
    'Role shop',
  ]);
  expect(bindings.map(({ roleRef, metadata }) => [roleRef?.kind, roleRef?.name, metadata.namespace])).toEqual(
    roles.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace]),
  );
  for (const { subjects } of bindings) expect(subjects).toEqual([ACCOUNT]);
});

it('never takes the name of the role that the agent has, nor of one with other rights', () => {
  const taken = rbacObjects().map(({ metadata }) => metadata.name);
  const names = [['pod'], ['event'], ['pod', 'event']].map(
    (kinds) => parse(manifest(missingGrants(kinds.map((kind) => missing(kind))), ACCOUNT))[0]?.metadata.name,
  );
  expect(new Set([...names, ...taken]).size).toBe(names.length + new Set(taken).size);
});

it('asks for nothing in a namespace that it asks for in all of them', () => {
  const grants = missingGrants([missing('pod'), missing('pod', 'shop'), missing('event', 'shop')]);
  expect(grants.map(({ namespace, rules }) => [namespace, rightsOf(rules)])).toEqual([
    ['', ['list /pods', 'watch /pods']],
    ['shop', ['list /events', 'watch /events']],
  ]);
});

it.each([
  ['HTTP 403 Forbidden: pods is forbidden: User "system:serviceaccount:ops:watcher" cannot list resource', 'watcher'],
  ['HTTP 403 Forbidden: pods is forbidden: User "jane: {a}" cannot watch resource "pods"', 'jane: {a}'],
  ['HTTP 404 NotFound', 'tidemark-agent'],
])('reads whom the API server refused: %s', (reason, name) => {
  const unreadable = [missing('pod', '', reason)];
  const [, binding] = parse(manifest(missingGrants(unreadable), subjectOf(unreadable)));
  expect(binding?.subjects?.map((subject) => subject.name)).toEqual([name]);
});

it('quotes what would be no string in YAML', () => {
  const [role] = parse(manifest(missingGrants([missing('pod', 'on'), missing('pod', '007')]), ACCOUNT)).toReversed();
  expect(role?.metadata.namespace).toBe('on');
  expect(parse(manifest(missingGrants([missing('pod', '007')]), ACCOUNT))[0]?.metadata.namespace).toBe('007');
});

it('says nothing of kinds that it does not know', () => {
  expect(manifest(missingGrants([missing('constructor'), missing('secret')]), ACCOUNT)).toBe('');
});
