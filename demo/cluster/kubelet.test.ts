import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import type { ContainerStatus } from '../../schemas/objects.ts';
import { INCIDENTS, type IncidentName } from '../scenarios/incidents.ts';
import { once } from '../scenarios/director.ts';
import { error } from './app.ts';
import type { Pod } from './objects.ts';
import { createSimCluster } from './sim-cluster.ts';

const MINUTE = 60_000;

/** Every status that the containers named `app` of an app's pods went through after an incident. */
function watchIncident(name: IncidentName, app: string, minutes: number) {
  const clock = new FakeClock();
  const cluster = createSimCluster({ name: 'test', seed: 'kubelet', clock, scenarios: [once(name, app, 5 * MINUTE)] });
  cluster.runUntil(clock.now() + 5 * MINUTE - 1);
  const pods: Pod[] = [];
  const events: string[] = [];
  cluster.store.subscribe(({ object }) => {
    if (object.kind === 'Pod' && `${object.metadata.namespace}/${object.metadata.labels?.['app']}` === app)
      pods.push(object as Pod);
    if (object.kind === 'Event') events.push(String(object['reason']));
  });
  cluster.runUntil(cluster.now() + minutes * MINUTE);
  const statuses = (container: string): ContainerStatus[] =>
    pods.flatMap(({ status }) =>
      [...status.containerStatuses, ...status.initContainerStatuses].filter((each) => each.name === container),
    );
  const crash = (key: string, times: number, forMinutes: number) => {
    const pod = cluster.deployments.get(key)?.pods()[0];
    const container = key.split('/')[1] ?? '';
    pod?.behaviours.set(container, (life) => (life < times ? { afterMs: 3_000, death: error('bug') } : undefined));
    if (pod) cluster.kubelet.die(pod, container, error('bug'));
    cluster.runUntil(cluster.now() + forMinutes * MINUTE);
  };
  return { cluster, pods, events, statuses, crash };
}

const stateOf = ({ state, restartCount }: ContainerStatus) =>
  `${state?.waiting?.reason ?? (state?.terminated ? `${state.terminated.exitCode} ${state.terminated.reason}` : 'running')} #${restartCount}`;
const distinct = (texts: string[]) => texts.filter((text, i) => text !== texts[i - 1]);

describe('the kubelet', () => {
  it('restarts a container at once after its first death and keeps the count while it is dead', () => {
    const { statuses } = watchIncident('oom', 'shop/pricing', 2);
    const seen = statuses('pricing');
    expect(distinct(seen.map(stateOf))).toEqual(['137 OOMKilled #0', 'running #1']);
    const again = seen.at(-1);
    expect(again?.lastState?.terminated?.containerID).toBe(seen[0]?.state?.terminated?.containerID);
    expect(again?.containerID).not.toBe(seen[0]?.containerID);
    const back =
      Date.parse(again?.state?.running?.startedAt ?? '') - Date.parse(seen[0]?.state?.terminated?.finishedAt ?? '');
    expect(back).toBeLessThanOrEqual(1_000);
    expect(seen.map(({ ready }) => ready)).toEqual([false, false, true]);
  });

  it('backs off longer after each death of a crash loop', () => {
    const { statuses, events, crash } = watchIncident('release', 'shop/pricing', 2);
    crash('shop/pricing', 8, 40);
    const seen = statuses('pricing');
    const waits = distinct(seen.flatMap(({ state }) => (state?.waiting?.message ? [state.waiting.message] : [])));
    const spells = waits.map((message) => /back-off (\S+)/.exec(message)?.[1]).filter(Boolean);
    expect(spells).toEqual(
      ['10s', '20s', '40s', '1m20s', '2m40s', '5m0s', '5m0s'].filter((spell, i, all) => spell !== all[i - 1]),
    );
    expect(events).toContain('BackOff');
    const beside = seen.filter(({ state, lastState }) => state?.terminated && lastState?.terminated);
    expect(beside.length).toBeGreaterThan(5);
    for (const { state, lastState } of beside) {
      expect(state?.terminated?.containerID).not.toBe(lastState?.terminated?.containerID);
    }
    expect(seen.at(-1)).toMatchObject({ restartCount: 8, ready: true });
  });

  it('alternates between ErrImagePull and ImagePullBackOff, and the roll-back ends it', () => {
    const { statuses, cluster } = watchIncident('badImage', 'shop/pricing', 30);
    const reasons = distinct(statuses('pricing').map(({ state }) => state?.waiting?.reason ?? 'other'));
    expect(reasons.join()).toContain('ErrImagePull,ImagePullBackOff,ErrImagePull');
    expect(cluster.deployments.get('shop/pricing')?.settled()).toBe(true);
  });

  it.each<[IncidentName, string, string]>([
    ['segfault', 'pricing', '139 Error #0'],
    ['quits', 'pricing', '0 Completed #0'],
    ['liveness', 'pricing', '137 Error #0'],
    ['noStart', 'pricing', '127 Error #0'],
    ['badConfig', 'pricing', 'CreateContainerConfigError #0'],
    ['transient', 'pricing', '2 Error #0'],
  ])('%s shows in the status', (incident, container, state) => {
    expect(watchIncident(incident, 'shop/pricing', 4).statuses(container).map(stateOf)).toContain(state);
  });

  it('marks an evicted pod before it fails', () => {
    const { pods, events } = watchIncident('evict', 'shop/pricing', 2);
    const target = pods.filter(({ status }) => status.conditions?.some(({ type }) => type === 'DisruptionTarget'));
    expect(target[0]?.status.phase).toBe('Running');
    expect(target.at(-1)?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(events).toContain('Evicted');
  });

  it('says why a pod cannot be scheduled', () => {
    const { pods } = watchIncident('unschedulable', 'shop/pricing', 2);
    const conditions = pods.flatMap(({ status }) => status.conditions ?? []);
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }),
    );
  });

  it('fails a Job at its back-off limit', () => {
    const { cluster } = watchIncident('jobFails', 'shop/pricing', 10);
    const job = cluster.list('workload/jobs').find(({ metadata }) => metadata.name.startsWith('pricing-migrate'));
    expect(job?.['status']).toMatchObject({
      failed: 3,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
  });

  it('runs an init container again when it fails', () => {
    const { statuses } = watchIncident('initFails', 'payments/refunds', 3);
    expect(distinct(statuses('wait-for-db').map(stateOf))).toEqual(
      expect.arrayContaining(['1 Error #0', 'running #1', '0 Completed #1']),
    );
  });

  it('moves a lost node’s pods elsewhere and brings the node back', () => {
    const { cluster, events } = watchIncident('nodeOutage', 'shop/pricing', 40);
    expect(events).toEqual(expect.arrayContaining(['NodeNotReady', 'NodeReady']));
    expect(cluster.list('pod').filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
    expect([...cluster.deployments.values()].every((deployment) => deployment.settled())).toBe(true);
  });

  it.each(Object.keys(INCIDENTS) as IncidentName[])('comes to rest after %s', (name) => {
    const { cluster } = watchIncident(name, 'payments/payment-gateway', 55);
    const unsettled = [...cluster.deployments.values()].filter((deployment) => !deployment.settled());
    expect(unsettled.map(({ app }) => app.name)).toEqual([]);
  });
});
