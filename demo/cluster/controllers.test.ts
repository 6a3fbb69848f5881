import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import type { Condition } from '../../schemas/objects.ts';
import { appOf, type Row } from '../scenarios/catalogue.ts';
import type { App } from './app.ts';
import type { KubeObject } from './objects.ts';
import { createSimCluster } from './sim-cluster.ts';

const MINUTE = 60_000;
const CONTROLLER = 'kube-controller-manager';

/** A cluster of one application that has been up for some minutes, and every version of its objects from then on. */
function clusterOf(more: Partial<App> = {}, replicas = 4) {
  const clock = new FakeClock();
  const app = appOf(['shop', 'web', 'web', 'go', replicas, 256, more] satisfies Row);
  const cluster = createSimCluster({ name: 'test', seed: 'controllers', clock, share: 0, nodes: 3, apps: [app] });
  cluster.runUntil(clock.now() + 10 * MINUTE);
  const seen: KubeObject[] = [];
  cluster.store.subscribe(({ object }) => void seen.push(object));
  const run = cluster.deployments.get('shop/web');
  if (!run) throw new Error('no deployment');
  return {
    cluster,
    run,
    seen,
    of: (kind: string) => seen.filter((object) => object.kind === kind),
    now: (source: string) => cluster.list(source),
    pass: (ms: number) => cluster.runUntil(cluster.now() + ms),
    release: (version: string, extra: object = {}) =>
      run.release(cluster.template(app, { version, ...extra }), `deploy ${version}`),
  };
}

const fields = (object: KubeObject | undefined, name: 'spec' | 'status') =>
  (object?.[name] ?? {}) as Record<string, unknown>;
const conditionOf = (object: KubeObject | undefined, type: string) =>
  (fields(object, 'status')['conditions'] as (Condition & { lastHeartbeatTime?: string })[] | undefined)?.find(
    (condition) => condition.type === type,
  );
type Endpoint = { conditions: Record<string, boolean>; addresses: string[]; targetRef: { name: string } };
const endpointsOf = (slice: KubeObject | undefined) => (slice?.['endpoints'] ?? []) as Endpoint[];

describe('endpoint slices', () => {
  it('show a pod that is to go as one that serves until its containers have ended', () => {
    const { run, cluster, of, pass } = clusterOf();
    const [pod] = run.pods();
    if (pod) cluster.kubelet.stop(pod);
    pass(MINUTE);
    const name = pod?.object.metadata.name;
    const states = of('EndpointSlice').map((slice) =>
      JSON.stringify(endpointsOf(slice).find(({ targetRef }) => targetRef.name === name)?.conditions),
    );
    expect([...new Set(states)]).toEqual([
      '{"ready":false,"serving":true,"terminating":true}',
      '{"ready":false,"serving":false,"terminating":true}',
      undefined,
    ]);
  });

  it('leave out a port whose name no container has, and are made anew for it', () => {
    const { release, now, pass } = clusterOf({ metricsPort: 9090 });
    const [before] = now('endpointslice');
    expect(before?.['ports']).toEqual([
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'metrics', port: 9090, protocol: 'TCP' },
    ]);
    release('2.0.0', { metricsName: 'prom' });
    pass(5 * MINUTE);
    const [after, ...others] = now('endpointslice');
    expect(others).toEqual([]);
    expect(after?.['ports']).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('are one empty slice where nothing is wanted', () => {
    const { run, now, pass } = clusterOf();
    run.scale(0);
    pass(2 * MINUTE);
    expect(now('endpointslice').map((slice) => [slice['endpoints'], slice['ports']])).toEqual([[[], []]]);
  });

  it('hold a hundred endpoints each, in both families', () => {
    const { now } = clusterOf({ dualStack: true, readyMs: 500 }, 103);
    const told = now('endpointslice').map((slice) => {
      const [first] = endpointsOf(slice);
      return `${String(slice['addressType'])} ${endpointsOf(slice).length} ${first?.addresses[0]?.includes(':')}`;
    });
    expect(told.toSorted()).toEqual(['IPv4 100 false', 'IPv4 3 false', 'IPv6 100 true', 'IPv6 3 true']);
  });

  it('call every pod ready where the service asks for that', () => {
    const { run, cluster, now, pass } = clusterOf({ publishesAll: true });
    const [pod] = run.pods();
    if (pod) cluster.kubelet.failReadiness(pod, 'web', MINUTE);
    pass(1_000);
    const conditions = endpointsOf(now('endpointslice')[0]).map((each) => each.conditions);
    expect(conditions).toContainEqual({ ready: true, serving: false, terminating: false });
  });
});

describe('a Deployment', () => {
  it('tells who wrote its template, and that its controller wrote its status', () => {
    const { run, cluster, release, now, pass } = clusterOf();
    release('2.0.0');
    const at = cluster.now();
    pass(2 * MINUTE);
    run.scale(5);
    pass(MINUTE);
    const [deployment] = now('workload/deployments');
    const writers = (deployment?.metadata.managedFields ?? []).map(
      ({ manager, operation, subresource = '' }) => `${manager} ${operation} ${subresource}`,
    );
    expect(writers.toSorted()).toEqual(['helm Update ', `${CONTROLLER} Update status`, 'kubectl Update scale']);
    const helm = deployment?.metadata.managedFields?.find(({ manager }) => manager === 'helm');
    expect(Date.parse(helm?.time ?? '')).toBe(Math.floor(at / 1000) * 1000);
    expect(deployment?.metadata.generation).toBe(3);
    expect(fields(deployment, 'status')['observedGeneration']).toBe(3);
  });

  it('keeps three of four pods up in a rolling update, and none where all may be away', () => {
    const least = (more: Partial<App>) => {
      const { release, of, pass } = clusterOf(more);
      release('2.0.0');
      pass(3 * MINUTE);
      return Math.min(...of('Deployment').map((each) => Number(fields(each, 'status')['readyReplicas'] ?? 0)));
    };
    expect(least({})).toBe(3);
    expect(least({ maxUnavailable: '100%' })).toBe(0);
  });

  it('counts a pod as available once it has been ready for as long as is asked', () => {
    const { run, release, now, pass } = clusterOf({ minReadySeconds: 120 });
    release('2.0.0');
    pass(MINUTE);
    expect(fields(now('workload/deployments')[0], 'status')['updatedReplicas']).toBeLessThan(4);
    expect(run.settled()).toBe(false);
    pass(6 * MINUTE);
    expect(fields(now('workload/deployments')[0], 'status')['availableReplicas']).toBe(4);
    expect(run.settled()).toBe(true);
  });

  it('stands still while it is paused, and goes on', () => {
    const { run, release, now, pass } = clusterOf();
    run.pause(true);
    release('2.0.0');
    pass(20 * MINUTE);
    const [paused] = now('workload/deployments');
    expect(fields(paused, 'status')['updatedReplicas']).toBe(0);
    expect(conditionOf(paused, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    expect(now('workload/replicasets')).toHaveLength(1);
    run.pause(false);
    pass(3 * MINUTE);
    expect(run.settled()).toBe(true);
  });

  it('takes the ReplicaSet of an earlier template again under a new revision', () => {
    const { run, release, now, pass } = clusterOf();
    const first = run.template;
    release('2.0.0');
    pass(3 * MINUTE);
    run.release(first, 'roll back');
    pass(3 * MINUTE);
    const revision = 'deployment.kubernetes.io/revision';
    expect(now('workload/deployments')[0]?.metadata.annotations?.[revision]).toBe('3');
    expect(
      now('workload/replicasets')
        .map(({ metadata }) => metadata.annotations?.[revision])
        .toSorted(),
    ).toEqual(['2', '3']);
  });

  it('says that its pods are refused, and makes them once they are not', () => {
    const { run, cluster, of, now, pass } = clusterOf();
    cluster.sim.refusals.set('shop/web', 'exceeded quota: compute');
    for (const pod of run.pods()) cluster.kubelet.stop(pod);
    pass(5 * MINUTE);
    const [deployment] = now('workload/deployments');
    expect(conditionOf(deployment, 'ReplicaFailure')).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(of('Event').some((event) => event['reason'] === 'FailedCreate')).toBe(true);
    expect(run.pods()).toEqual([]);
    cluster.sim.refusals.clear();
    pass(2 * MINUTE);
    expect(run.settled()).toBe(true);
    expect(conditionOf(now('workload/deployments')[0], 'ReplicaFailure')).toBeUndefined();
  });
});

describe('a node', () => {
  it('that falls silent is marked after a while, with the time of its last word', () => {
    const { run, cluster, of, pass } = clusterOf();
    const node = run.pods()[0]?.node ?? '';
    const at = cluster.now();
    cluster.nodes.lose(node, 3 * MINUTE);
    pass(35_000);
    expect(of('Node')).toEqual([]);
    pass(5 * MINUTE);
    const [lost, back] = of('Node').map((each) => conditionOf(each, 'Ready'));
    expect(lost).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(Date.parse(lost?.lastHeartbeatTime ?? '')).toBeLessThanOrEqual(at);
    expect(Date.parse(lost?.lastTransitionTime ?? '')).toBeGreaterThanOrEqual(at + 39_000);
    expect(back).toMatchObject({ status: 'True', reason: 'KubeletReady' });
  });

  it('that is drained takes no pods, and its own go by the eviction API', () => {
    const { run, cluster, of, now, pass } = clusterOf();
    const node = run.pods()[0]?.node ?? '';
    cluster.nodes.drain(node, 20 * MINUTE, () => run.settled());
    pass(10 * MINUTE);
    expect(
      fields(
        now('node').find(({ metadata }) => metadata.name === node),
        'spec',
      )['unschedulable'],
    ).toBe(true);
    const evicted = of('Pod').filter((pod) => conditionOf(pod, 'DisruptionTarget')?.reason === 'EvictionByEvictionAPI');
    expect(evicted.length).toBeGreaterThan(0);
    expect(run.pods().map((pod) => pod.node)).not.toContain(node);
    pass(20 * MINUTE);
    expect(now('node').some((each) => fields(each, 'spec')['unschedulable'] === true)).toBe(false);
  });
});

it('a StatefulSet’s partition holds the lower ordinals back, and their new pods too', () => {
  const clock = new FakeClock();
  const app = appOf(['data', 'db', 'data', 'postgres', 3, 256, { kind: 'StatefulSet' }]);
  const cluster = createSimCluster({ name: 'test', seed: 'partition', clock, share: 0, nodes: 3, apps: [app] });
  cluster.runUntil(clock.now() + 10 * MINUTE);
  const run = cluster.slotted.get('data/db');
  run?.release(cluster.template(app, { version: '2.0.0' }), 'try', 2);
  cluster.runUntil(cluster.now() + 5 * MINUTE);
  const versions = () => run?.pods().map(({ template }) => template.version);
  expect(versions()).toEqual(['1.0.0', '1.0.0', '2.0.0']);
  const [first] = run?.pods() ?? [];
  if (first) cluster.kubelet.stop(first);
  cluster.runUntil(cluster.now() + 5 * MINUTE);
  expect(versions()).toEqual(['1.0.0', '1.0.0', '2.0.0']);
  const status = fields(cluster.list('workload/statefulsets')[0], 'status');
  expect(status).toMatchObject({ replicas: 3, updatedReplicas: 1, currentReplicas: 2 });
  expect(status['currentRevision']).not.toBe(status['updateRevision']);
});
