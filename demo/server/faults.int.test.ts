import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../platform/clock.ts';
import { createSimCluster, type SimCluster } from '../cluster/sim-cluster.ts';
import { resourceOfKind } from '../cluster/resources.ts';
import { startSimServer, type SimServer } from '../server.ts';
import type { Fault, FaultRequest } from './faults.ts';
import { seededFaults } from './seeded-faults.ts';

const PODS = '/api/v1/pods';
const poll = { timeout: 30_000, interval: 20 };

let cluster: SimCluster;
let server: SimServer;
let fault: Fault | undefined;
const told: string[] = [];
const touch = (name: string) => {
  const pod = structuredClone(cluster.store.get(resourceOfKind('Pod'), 'shop', name));
  if (!pod) throw new Error(`no pod ${name}`);
  return cluster.store.update(pod);
};
const ask = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url + path, { headers });
  return { status: response.status, body: (await response.json()) as { metadata: { resourceVersion: string } } };
};
const lines = async (query = '') => {
  const from = cluster.store.revision();
  for (const name of ['a', 'b', 'c']) touch(name);
  const response = await fetch(`${server.url}${PODS}?watch=true&timeoutSeconds=1&resourceVersion=${from}${query}`);
  return (await response.text()).split('\n').slice(0, -1);
};
const isWhole = (line: string): boolean => {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};

beforeEach(async () => {
  fault = undefined;
  told.length = 0;
  cluster = createSimCluster({ name: 'faults', seed: 'faults', clock: realClock, share: 0, nodes: 0 });
  for (const name of ['a', 'b', 'c']) cluster.store.create({ kind: 'Pod', metadata: { name, namespace: 'shop' } });
  server = await startSimServer(cluster, {
    faults: () => fault,
    onFault: (_request, { kind }) => void told.push(kind),
  });
});
afterEach(() => server.close());

describe('a fault', () => {
  it('close: ends a watch in good order after so many events', async () => {
    fault = { kind: 'close', afterEvents: 2 };
    const seen = await lines();
    expect(seen.map(isWhole)).toEqual([true, true]);
    expect(told).toEqual(['close']);
  });

  it('garble: cuts one event in its middle and goes on', async () => {
    fault = { kind: 'garble', afterEvents: 1 };
    expect((await lines()).map(isWhole)).toEqual([true, false, true]);
    expect(told).toEqual(['garble']);
  });

  it('does not count before it has happened', async () => {
    fault = { kind: 'garble', afterEvents: 10 };
    expect((await lines()).map(isWhole)).toEqual([true, true, true]);
    expect(told).toEqual([]);
  });

  it('freeze: says nothing, and closes nothing', async () => {
    fault = { kind: 'freeze', afterEvents: 1 };
    const from = cluster.store.revision();
    const stop = new AbortController();
    const { signal } = stop;
    const response = await fetch(`${server.url}${PODS}?watch=true&timeoutSeconds=1&resourceVersion=${from}`, {
      signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    touch('a');
    expect((await reader.read()).done).toBe(false);
    touch('b');
    const next = reader.read().then(
      () => 'something came',
      () => 'given up',
    );
    await expect.poll(() => told, poll).toEqual(['freeze']);
    fault = undefined;
    // Opened later and ended in its time: that of the frozen one has come before.
    await lines();
    stop.abort();
    expect(await next).toBe('given up');
  });

  it('stale: lists an older state, though not where a version is asked for', async () => {
    const before = cluster.store.revision();
    touch('a');
    touch('b');
    fault = { kind: 'stale', revisions: 2 };
    expect((await ask(PODS)).body.metadata.resourceVersion).toBe(String(before));
    const exact = await ask(`${PODS}?resourceVersion=${before + 1}&resourceVersionMatch=Exact`);
    expect(exact.body.metadata.resourceVersion).toBe(String(before + 1));
  });

  it('slow: takes its time, and sends all', async () => {
    fault = { kind: 'slow', headersMs: 100, bodyMs: 300 };
    const begin = performance.now();
    expect((await ask(PODS)).body).toMatchObject({ kind: 'PodList', items: [{}, {}, {}] });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(350);
  });

  it('token: refuses one token for good, and takes another', async () => {
    const [old, young] = [{ authorization: 'Bearer old' }, { authorization: 'Bearer young' }];
    expect((await ask(PODS, old)).status).toBe(200);
    fault = { kind: 'token', renewMs: 0 };
    expect((await ask(PODS, old)).status).toBe(401);
    fault = undefined;
    expect((await ask(PODS, old)).status).toBe(401);
    expect((await ask(PODS, young)).status).toBe(200);
  });

  it.each([true, false])(
    'restart: is away, and is back with all its state; watch cache emptied: %s',
    async (forgetful) => {
      const from = touch('a').metadata.resourceVersion;
      touch('b');
      const open = fetch(`${server.url}${PODS}?watch=true&resourceVersion=${from}`)
        .then((response) => response.text())
        .then(
          () => 'ended',
          () => 'broken',
        );
      fault = { kind: 'restart', awayMs: 300, forgetful };
      await expect(ask(PODS)).rejects.toThrow('fetch failed');
      fault = undefined;
      expect(await open).toBe('broken');
      await expect(ask(PODS)).rejects.toThrow('fetch failed');
      const back = () =>
        ask(`${PODS}?resourceVersion=${from}&resourceVersionMatch=Exact`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(back, poll).toBe(200);
      const response = await fetch(`${server.url}${PODS}?watch=true&timeoutSeconds=1&resourceVersion=${from}`);
      const [line = ''] = (await response.text()).split('\n');
      expect(JSON.parse(line)).toMatchObject(
        forgetful ? { type: 'ERROR', object: { code: 410 } } : { type: 'MODIFIED' },
      );
    },
  );
});

describe('seeded faults', () => {
  const request = (path: string): FaultRequest => ({
    method: 'GET',
    path,
    resource: 'pods',
    verb: 'watch',
    continued: false,
  });
  const row = (seed: string, between: boolean) => {
    const plan = seededFaults({ seed, clock: realClock });
    return Array.from({ length: 200 }, () => {
      if (between) plan.faults({ ...request('/api/v1/nodes'), resource: 'nodes' });
      return plan.faults(request(PODS));
    });
  };

  it('are the same for a seed, whatever else is asked for', () => {
    expect(row('1', true)).toEqual(row('1', false));
    expect(row('2', false)).not.toEqual(row('1', false));
  });

  it('are of every kind', () => {
    const kinds = new Set(row('1', false).map((each) => each?.kind));
    expect([...kinds].toSorted()).toEqual(
      ['close', 'expired', 'freeze', 'garble', 'reset', 'restart', 'status', 'token', 'truncate', undefined].toSorted(),
    );
  });

  it('leave leases and what is no list or watch alone', () => {
    const plan = seededFaults({ seed: '1', clock: realClock, watch: 1, list: 1 });
    expect(plan.faults({ ...request('/x'), resource: 'leases' })).toBeUndefined();
    expect(plan.faults({ ...request('/x'), verb: 'log' })).toBeUndefined();
    expect(plan.faults(request('/x'))).toBeDefined();
    plan.stop();
    expect(plan.faults(request('/x'))).toBeUndefined();
  });
});
