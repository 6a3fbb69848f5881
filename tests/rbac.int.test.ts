import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimCluster, until, type SimCluster } from '../deploy/testkube/test-kube.ts';
import { describeWithCluster, simAvailable } from '../deploy/testkube/testkube-binary.ts';
import { readBody } from '../ingest/agent/api-refusal.ts';
import { createTransport } from '../ingest/agent/https-transport.ts';
import { loadCluster } from '../ingest/agent/kube-config.ts';
import type { KubeRequest, KubeTransport } from '../ingest/agent/kube-transport.ts';
import { collectionPath, SOURCES } from '../ingest/agent/sources.ts';
import type { ClusterItem, CoverageSpan } from '../schemas/api/clusters.ts';
import { manifestOf, RBAC_YAML, rbacObjects, rightsOf, withoutResources } from './rbac-rules.ts';
import { keepLogs, lineOf } from './road/log-keeper.ts';
import { get, rowsOf } from './road/rows.ts';
import { simPod } from './road/sim-scenarios.ts';
import { CLUSTER, embedded, type Topology } from './road/topology.ts';

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'impersonate'];
/** What Kubernetes itself lets every authenticated user do. */
const EVERYBODYS = [
  'create authentication.k8s.io/selfsubjectreviews',
  'create authorization.k8s.io/selfsubjectaccessreviews',
  'create authorization.k8s.io/selfsubjectrulesreviews',
];
const AT_ONCE = 16;

interface Question {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

async function ask(transport: KubeTransport, request: Omit<KubeRequest, 'timeoutMs'>) {
  const response = await transport.request({ ...request, timeoutMs: 30_000 });
  return { status: response.status, text: await readBody(response, 16 << 20) };
}

async function isAllowed(transport: KubeTransport, question: Question): Promise<boolean> {
  const { resource: whole, ...rest } = question;
  const [resource, subresource] = whole.split('/');
  const { status, text } = await ask(transport, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...rest, resource, ...(subresource ? { subresource } : {}) } },
    },
  });
  if (status !== 201) throw new Error(`${status}: ${text}`);
  return (JSON.parse(text) as { status: { allowed: boolean } }).status.allowed;
}

const lineFor = ({ verb, group, resource }: Question): string => `${verb} ${group}/${resource}`;

async function allowedOf(transport: KubeTransport, questions: readonly Question[]): Promise<string[]> {
  const left = [...questions];
  const allowed: string[] = [];
  const worker = async () => {
    for (let next = left.pop(); next; next = left.pop())
      if (await isAllowed(transport, next)) allowed.push(lineFor(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return allowed.toSorted();
}

/** Every resource and subresource that the API server serves, each once, as `GROUP` and `RESOURCE`. */
async function servedResources(cluster: SimCluster): Promise<{ group: string; resource: string }[]> {
  const raw = async <T>(path: string) => JSON.parse(await cluster.kubectl(['get', '--raw', path])) as T;
  const { groups } = await raw<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const paths = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(
    paths.map((path) => raw<{ groupVersion: string; resources: { name: string }[] }>(path)),
  );
  return lists.flatMap(({ groupVersion, resources }) => {
    const group = groupVersion.includes('/') ? groupVersion.slice(0, groupVersion.indexOf('/')) : '';
    return resources.map(({ name }) => ({ group, resource: name }));
  });
}

/** The administrator's kubeconfig with the service account's token in the place of the certificate. */
async function serviceAccountConfig(cluster: SimCluster): Promise<string> {
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { name: string; user: unknown }[] };
  const token = await cluster.kubectl(['-n', 'tidemark', 'create', 'token', 'tidemark-agent', '--duration=1h']);
  const users = config.users.map(({ name }) => ({ name, user: { token: token.trim() } }));
  const path = join(cluster.dir, 'agent.kubeconfig');
  await writeFile(path, stringify({ ...config, users }), { mode: 0o600 });
  return path;
}

/** Not to be had in any way: what would read secrets, run something, change something or be somebody else. */
const DENIED: readonly Question[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'].flatMap((verb) => [
    { verb, group: '', resource: 'secrets' },
    { verb, group: '', resource: 'configmaps' },
    { verb, group: '', resource: 'serviceaccounts' },
    { verb, group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
    { verb, group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
    { verb, group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system' },
    { verb, group: 'coordination.k8s.io', resource: 'leases', namespace: 'default', name: 'tidemark-agent' },
  ]),
  ...['get', 'create', 'update', 'patch', 'delete', 'deletecollection'].map((verb) => ({
    verb,
    group: '',
    resource: 'pods',
  })),
  ...['get', 'create'].flatMap((verb) =>
    ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'nodes/proxy', 'services/proxy'].map((resource) => ({
      verb,
      group: '',
      resource,
    })),
  ),
  { verb: 'create', group: '', resource: 'pods/eviction' },
  { verb: 'patch', group: '', resource: 'pods/ephemeralcontainers' },
  { verb: 'create', group: '', resource: 'serviceaccounts/token' },
  ...['users', 'groups', 'serviceaccounts'].map((resource) => ({ verb: 'impersonate', group: '', resource })),
  ...['get', 'update', 'patch', 'delete'].map((verb) => ({ verb, group: 'apps', resource: 'deployments' })),
  { verb: 'patch', group: 'apps', resource: 'deployments/scale' },
  { verb: 'delete', group: '', resource: 'nodes' },
  { verb: 'patch', group: '', resource: 'nodes' },
  { verb: 'create', group: '', resource: 'events' },
  ...['list', 'watch', 'patch', 'delete', 'get', 'update'].map((verb) => ({
    verb,
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: 'tidemark',
    name: 'another',
  })),
  ...['list', 'watch', 'patch', 'delete'].map((verb) => ({
    verb,
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: 'tidemark',
    name: 'tidemark-agent',
  })),
];

describeWithCluster(simAvailable(), "the agent's rights", () => {
  let cluster: SimCluster;
  let transport: KubeTransport;
  let topology: Topology;
  let endLogs: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    cluster = await startSimCluster({ nodes: 1 });
    await cluster.apply(RBAC_YAML);
    const kubeconfig = await serviceAccountConfig(cluster);
    transport = createTransport(loadCluster({ kubeconfig }));
    endLogs = await keepLogs(cluster);
    topology = await embedded(kubeconfig, {
      TIDEMARK_AGENT_LEASE: 'required',
      TIDEMARK_AGENT_LEASE_NAMESPACE: 'tidemark',
    });
  });
  afterAll(async () => {
    await topology?.close();
    await endLogs?.();
    transport?.close();
    await cluster?.stop();
  });

  const coverage = async (): Promise<ReadonlyMap<string, string>> => {
    const { items } = await get<{ items: ClusterItem[] }>(`${topology.url}/api/v1/clusters`);
    return new Map(items.flatMap((item) => item.coverage.map(({ kind, state }) => [kind, state] as const)));
  };
  const untilStates = (unreadable: readonly string[]) =>
    until(`${unreadable.join() || 'nothing'} unreadable, all else watched`, async () => {
      const states = await coverage();
      return SOURCES.every(({ name }) => states.get(name) === (unreadable.includes(name) ? 'unreadable' : 'watching'));
    });
  /** Lets the pod die once more and answers the row of that death. */
  const dies = async (ordinal: number) => {
    const times = `testkube/crash-times=${ordinal + 1}`;
    await cluster.kubectl(['-n', 'shop', 'annotate', '--overwrite', 'pod', 'dies', times]);
    return until(`the death ${ordinal}`, async () => {
      const row = (await rowsOf(topology.url, 'shop')).find((own) => own.type === 'death' && own.ordinal === ordinal);
      return row && row.log_status !== 'pending' && row;
    });
  };

  it('are those of deploy/rbac.yaml, over everything that the server serves', async () => {
    const resources = [
      ...(await servedResources(cluster)),
      ...['users', 'groups'].map((resource) => ({ group: '', resource })),
    ];
    const questions = resources.flatMap((each) => VERBS.map((verb) => ({ ...each, verb })));
    expect(questions.length).toBeGreaterThan(500);
    const granted = rbacObjects()
      .filter(({ kind }) => kind === 'ClusterRole')
      .flatMap(({ rules = [] }) => rightsOf(rules));
    expect(await allowedOf(transport, questions)).toEqual([...granted, ...EVERYBODYS].toSorted());
  });

  it('do not reach what is nobody else to read or change', async () => {
    expect(await allowedOf(transport, DENIED)).toEqual([]);
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'tidemark', name: 'tidemark-agent' };
    const own = ['create', 'get', 'update'].map((verb) => ({ verb, ...lease }));
    expect(await allowedOf(transport, own)).toEqual(own.map(lineFor));
  });

  it.each([
    ['GET', '/api/v1/secrets'],
    ['GET', '/api/v1/namespaces/kube-system/configmaps'],
    ['GET', '/api/v1/namespaces/default/pods/web'],
    ['GET', '/api/v1/namespaces/default/pods/web/exec?command=id'],
    ['POST', '/api/v1/namespaces/default/pods/web/eviction'],
    ['GET', '/api/v1/nodes/kwok-node-0/proxy/pods'],
    ['GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'],
    ['POST', '/api/v1/namespaces/default/pods'],
  ] as const)('%s %s is forbidden', async (method, path) => {
    const body = method === 'POST' ? { body: { metadata: { name: 'web', namespace: 'default' } } } : {};
    expect((await ask(transport, { method, path, ...body })).status).toBe(403);
  });

  it.each(SOURCES.map((source) => [source.name, source] as const))('%s can be listed', async (_name, source) => {
    const path = `${collectionPath({ source, namespace: '' })}?limit=1`;
    expect((await ask(transport, { path })).status).toBe(200);
  });

  it('suffice for the agent: every kind watched, a log caught, the Lease held', async () => {
    await cluster.kubectl(['create', 'namespace', 'shop']);
    const crash = {
      crash: 'true',
      'after-log': 'true',
      'crash-times': '0',
      'crash-after': '2s',
      'crash-backoff': '200ms',
    };
    await cluster.kubectl(['-n', 'shop', 'apply', '-f', '-'], simPod('dies', crash));
    await topology.startAgent();
    await untilStates([]);
    expect(await dies(0)).toMatchObject({ verdict: 'reported', log_status: 'caught' });
    const holder = ['-n', 'tidemark', 'get', 'lease', 'tidemark-agent', '-o', 'jsonpath={.spec.holderIdentity}'];
    expect(await cluster.kubectl(holder)).not.toBe('');
  });

  it('may lack some: those are unreadable, the rest goes on, and a grant heals it', async () => {
    await topology.stopAgent();
    await cluster.apply(manifestOf(withoutResources(rbacObjects(), ['services', 'pods/log'])));
    await topology.startAgent();
    await untilStates(['service']);
    expect(await dies(1)).toMatchObject({ verdict: 'reported', log_status: 'denied', log: '' });

    await cluster.apply(RBAC_YAML);
    await untilStates([]);
    const healed = await dies(2);
    expect(healed).toMatchObject({ verdict: 'reported', log_status: 'caught' });
    expect(healed.log).toContain(lineOf('dies', 2));
    // A back-off between two deaths is a row of its own, where it lasts long enough to be seen.
    const deaths = (await rowsOf(topology.url, 'shop')).filter(({ type }) => type === 'death');
    expect(deaths.map(({ ordinal, log_status }) => [ordinal, log_status])).toEqual([
      [0, 'caught'],
      [1, 'denied'],
      [2, 'caught'],
    ]);

    const url = `${topology.url}/api/v1/coverage?cluster=${CLUSTER}&kind=service`;
    const spans = (await get<{ items: CoverageSpan[] }>(url)).items;
    const unreadable = spans.filter(({ state }) => state === 'unreadable');
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]?.reason).toContain('forbidden');
    expect(unreadable[0]?.to).not.toBeNull();
  });
});
