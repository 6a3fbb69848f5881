import type { ServerResponse } from 'node:http';
import { apiVersionOf, RESOURCES } from '../cluster/resources.ts';
import { sendJson } from './reply.ts';

const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.2',
  gitCommit: 'simulated',
  gitTreeState: 'clean',
  goVersion: 'go1.25.3',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const resourceList = (groupVersion: string) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: [
    ...RESOURCES.filter((resource) => apiVersionOf(resource) === groupVersion).map((resource) => ({
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: resource.plural === 'leases' ? ['get', 'list', 'watch', 'create', 'update'] : ['get', 'list', 'watch'],
      shortNames: resource.shortNames,
    })),
    ...(groupVersion === 'v1'
      ? [{ name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] }]
      : []),
  ],
});

const groups = [...new Set(RESOURCES.map(({ group }) => group).filter(Boolean))].map((name) => {
  const version = RESOURCES.find(({ group }) => group === name)?.version ?? 'v1';
  const preferredVersion = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [preferredVersion], preferredVersion };
});

/** Answers what a client asks before it asks for objects; false where the path is none of these. */
export function discover(path: string, response: ServerResponse): boolean {
  const answer = answerTo(path);
  if (answer === undefined) return false;
  sendJson(response, 200, answer);
  return true;
}

function answerTo(path: string): unknown {
  if (path === '/version') return VERSION;
  if (path === '/readyz' || path === '/livez' || path === '/healthz') return 'ok';
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  const groupVersion = /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)\/?$/.exec(path)?.[1];
  return groupVersion && RESOURCES.some((resource) => apiVersionOf(resource) === groupVersion)
    ? resourceList(groupVersion)
    : undefined;
}
