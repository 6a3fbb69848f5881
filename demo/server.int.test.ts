import { KubeConfig, CoreV1Api, makeInformer } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { realClock, type Clock } from '../platform/clock.ts';
import { error, OOM } from './cluster/app.ts';
import type { RunningPod } from './cluster/pod-object.ts';
import { createSimCluster, type SimCluster } from './cluster/sim-cluster.ts';
import type { Fault, FaultRequest } from './server/faults.ts';
import { startSimServer, type SimServer } from './server.ts';

interface Line {
  type: string;
  object: { code?: number; metadata: { name?: string; resourceVersion: string }; [field: string]: unknown };
}
interface List {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string; uid: string; namespace: string } }[];
}

let cluster: SimCluster;
let server: SimServer;
let fault: (request: FaultRequest) => Fault | undefined = () => undefined;

const poll = { timeout: 30_000, interval: 50 };
const get = async <T>(path: string) => (await (await fetch(server.url + path)).json()) as T;
const status = async (path: string) => (await fetch(server.url + path)).status;
const podOf = (app: string): RunningPod => cluster.deployments.get(app)?.pods()[0] as RunningPod;

/** Reads a watch until it ends or `enough`. */
async function watch(path: string, enough: (lines: Line[]) => boolean = () => false): Promise<Line[]> {
  const abort = new AbortController();
  const response = await fetch(server.url + path, { signal: abort.signal });
  const lines: Line[] = [];
  let rest = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((part) => JSON.parse(part) as Line));
      if (enough(lines)) abort.abort();
    }
  } catch (thrown) {
    if (!abort.signal.aborted) throw thrown;
  }
  return lines;
}

beforeAll(async () => {
  const start = Date.now() - 120_000;
  let live = false;
  const clock: Clock = { ...realClock, now: () => (live ? Date.now() : start) };
  cluster = createSimCluster({ name: 'prod-eu', seed: 'server', clock, share: 0.5 });
  cluster.runUntil(Date.now());
  live = true;
  cluster.start();
  server = await startSimServer(cluster, { bookmarkMs: 100, faults: (request) => fault(request) });
});
afterAll(async () => {
  cluster.stop();
  await server.close();
});

describe('lists', () => {
  it('pages at one revision', async () => {
    const whole = await get<List>('/api/v1/pods');
    const names: string[] = [];
    let token = '';
    let revisions = new Set<string>();
    do {
      const page: List = await get<List>(`/api/v1/pods?limit=20&continue=${token}`);
      if (token === '') cluster.kubelet.stop(podOf('shop/reviews'));
      names.push(...page.items.map(({ metadata }) => metadata.uid));
      revisions = revisions.add(page.metadata.resourceVersion);
      token = page.metadata.continue ?? '';
    } while (token);
    expect(names.toSorted()).toEqual(whole.items.map(({ metadata }) => metadata.uid).toSorted());
    expect(revisions.size).toBe(1);
    expect(await status('/api/v1/pods?limit=20&continue=nonsense.20')).toBe(410);
  });

  it('answers for a version as it was, page by page, as long as its history is kept', async () => {
    const before = await get<List>('/api/v1/pods');
    const { resourceVersion } = before.metadata;
    const exact = `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    const killed = podOf('shop/catalog');
    cluster.kubelet.stop(killed);
    await expect.poll(() => killed.gone, poll).toBe(true);
    const items: List['items'] = [];
    let page = await get<List>(`/api/v1/pods?limit=20&${exact}`);
    for (;;) {
      expect(page.metadata.resourceVersion).toBe(resourceVersion);
      items.push(...page.items);
      if (!page.metadata.continue) break;
      page = await get<List>(`/api/v1/pods?limit=20&continue=${page.metadata.continue}`);
    }
    expect(items.length).toBeGreaterThan(20);
    expect(items).toEqual(before.items);
    const newer = await get<List>(`/api/v1/pods?resourceVersion=${resourceVersion}`);
    expect(Number(newer.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    expect(newer.items.map(({ metadata }) => metadata.name)).not.toContain(killed.object.metadata.name);
  });

  it('refuses versions that it does not have', async () => {
    const ask = (query: string) => get(`/api/v1/pods?${query}`);
    const future = { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } };
    expect(await ask('resourceVersion=99999999')).toMatchObject(future);
    expect(await ask('resourceVersion=99999999&resourceVersionMatch=Exact')).toMatchObject(future);
    const old = { code: 410, reason: 'Expired' };
    expect(await ask('resourceVersion=1&resourceVersionMatch=Exact')).toMatchObject(old);
    expect(await ask('resourceVersion=1&limit=10')).toMatchObject(old);
    expect(await ask('resourceVersion=1')).toMatchObject({ kind: 'PodList' });
    expect(await ask('resourceVersion=0&limit=10')).toMatchObject({ kind: 'PodList' });
    for (const bad of [
      'resourceVersion=x',
      'resourceVersionMatch=Exact',
      'resourceVersion=0&resourceVersionMatch=Exact',
    ])
      expect(await ask(bad)).toMatchObject({ code: 400 });
  });

  it('selects by namespace, label and field', async () => {
    const { items } = await get<List>(
      '/api/v1/namespaces/payments/pods?labelSelector=app%20in%20(ledger,refunds),team%3Dpayments',
    );
    expect(new Set(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name.split('-')[0]}`))).toEqual(
      new Set(['payments/ledger', 'payments/refunds']),
    );
    const { name } = podOf('shop/cart').object.metadata;
    const one = await get<List>(`/api/v1/pods?fieldSelector=metadata.name%3D${name}`);
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual([name]);
    expect(await status('/api/v1/namespaces/shop/pods/none')).toBe(404);
    expect(await status('/api/v1/nothings')).toBe(404);
  });
});

describe('watches', () => {
  it('goes on from a list’s version, with bookmarks, and ends at its timeout with one', async () => {
    const { metadata } = await get<List>('/api/v1/namespaces/shop/pods');
    const pod = podOf('shop/catalog');
    const lines = watch(
      `/api/v1/namespaces/shop/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${metadata.resourceVersion}`,
    );
    cluster.kubelet.die(pod, 'catalog', error('bug'));
    const seen = await lines;
    const of = seen.filter(({ object }) => object.metadata.name === pod.object.metadata.name);
    expect(of.length).toBeGreaterThanOrEqual(2);
    expect(of.every(({ type, object }) => type === 'MODIFIED' && object['kind'] === 'Pod')).toBe(true);
    expect(seen.at(-1)?.type).toBe('BOOKMARK');
    const versions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('begins with all objects without a version', async () => {
    const total = (await get<List>('/api/v1/nodes')).items.length;
    const lines = await watch('/api/v1/nodes?watch=1&timeoutSeconds=1');
    expect(lines.map(({ type }) => type)).toEqual(Array.from({ length: total }, () => 'ADDED'));
  });

  it('answers 410 in the stream once the version is compacted', async () => {
    const { metadata } = await get<List>('/api/v1/pods');
    cluster.kubelet.die(podOf('shop/cart'), 'cart', error('bug'));
    cluster.store.compact();
    const [line, ...more] = await watch(
      `/api/v1/pods?watch=true&timeoutSeconds=3&resourceVersion=${metadata.resourceVersion}`,
    );
    expect(line).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(more).toEqual([]);
  });

  it('breaks as a fault says', async () => {
    fault = ({ verb }) => (verb === 'watch' ? { kind: 'reset', afterEvents: 2 } : undefined);
    await expect(watch('/api/v1/pods?watch=true')).rejects.toThrow(/terminated/);
    fault = ({ verb }) => (verb === 'list' ? { kind: 'status', status: 429, retryAfterSeconds: 1 } : undefined);
    const refused = await fetch(`${server.url}/api/v1/pods`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    fault = ({ verb }) => (verb === 'list' ? { kind: 'truncate' } : undefined);
    await expect(get('/api/v1/pods')).rejects.toThrow(SyntaxError);
    fault = () => undefined;
    expect(await status('/api/v1/pods')).toBe(200);
  });
});

it('keeps leases, with a conflict on an old version', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/platform/leases';
  const send = (method: string, url: string, body: unknown) =>
    fetch(server.url + url, { method, body: JSON.stringify(body) });
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'agent' },
    spec: { holderIdentity: 'a' },
  };
  const made = (await (await send('POST', path, lease)).json()) as { metadata: { resourceVersion: string } };
  expect((await send('POST', path, lease)).status).toBe(409);
  expect((await send('PUT', `${path}/agent`, { ...made, spec: { holderIdentity: 'b' } })).status).toBe(200);
  expect((await send('PUT', `${path}/agent`, { ...made, spec: { holderIdentity: 'c' } })).status).toBe(409);
  expect(await get(`${path}/agent`)).toMatchObject({ spec: { holderIdentity: 'b' } });
});

it('answers for logs as a kubelet does', async () => {
  const pod = podOf('shop/search');
  const path = `/api/v1/namespaces/shop/pods/${pod.object.metadata.name}/log?container=search`;
  expect(await get(`${path}&previous=true`)).toMatchObject({
    code: 400,
    message: expect.stringContaining('previous terminated container "search"'),
  });
  cluster.kubelet.die(pod, 'search', OOM);
  await expect.poll(() => pod.containers[0]?.status.state?.running !== undefined, poll).toBe(true);
  const previous = await (await fetch(`${server.url}${path}&previous=true&timestamps=true&tailLines=2`)).text();
  expect(previous).toMatch(/^\d{4}-\S+Z .* WARN .*Pause Full.*\n\d{4}-\S+Z .* WARN .*IndexCache.*\n$/);
  expect((await (await fetch(`${server.url}${path}&previous=true&limitBytes=10`)).text()).length).toBe(10);
  expect(await status('/api/v1/namespaces/shop/pods/none/log')).toBe(404);
  expect(await status(path.replace('=search', '=none'))).toBe(400);
});

it('feeds client-node’s informer', async () => {
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/namespaces/logistics/pods', () =>
    api.listNamespacedPod({ namespace: 'logistics' }),
  );
  const seen = {
    add: vi.fn<(name?: string) => void>(),
    update: vi.fn<(name?: string) => void>(),
    delete: vi.fn<(name?: string) => void>(),
  };
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (pod) => seen[verb](pod.metadata?.name));
  await informer.start();
  const before = cluster.list('pod').filter(({ metadata }) => metadata.namespace === 'logistics').length;
  await expect.poll(() => seen.add.mock.calls.length, poll).toBe(before);
  const { name } = podOf('logistics/tracking').object.metadata;
  cluster.kubelet.stop(podOf('logistics/tracking'));
  await expect.poll(() => seen.delete.mock.calls.flat(), poll).toContain(name);
  await expect.poll(() => seen.add.mock.calls.length, poll).toBeGreaterThan(before);
  expect(seen.update.mock.calls.flat()).toContain(name);
  await informer.stop();
});

it('refuses what RBAC allows nobody to read, with the words of a real one', async () => {
  const strict = await startSimServer(cluster, { forbidden: ['horizontalpodautoscalers'] });
  const base = `${strict.url}/apis/autoscaling/v2`;
  try {
    for (const query of ['', '?watch=true&resourceVersion=1']) {
      const response = await fetch(`${base}/horizontalpodautoscalers${query}`);
      expect(response.status).toBe(403);
      const verb = query ? 'watch' : 'list';
      expect(await response.json()).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `horizontalpodautoscalers.autoscaling is forbidden: User "system:serviceaccount:tidemark:tidemark-agent" cannot ${verb} resource "horizontalpodautoscalers" in API group "autoscaling" at the cluster scope`,
        reason: 'Forbidden',
        details: { group: 'autoscaling', kind: 'horizontalpodautoscalers' },
        code: 403,
      });
    }
    const scoped = await fetch(`${base}/namespaces/shop/horizontalpodautoscalers`);
    expect(await scoped.text()).toContain('in the namespace \\"shop\\"');
    expect((await fetch(`${strict.url}/api/v1/pods`)).status).toBe(200);
  } finally {
    await strict.close();
  }
});
