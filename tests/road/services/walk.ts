import { afterAll, beforeAll, expect, it } from 'vitest';
import { until, type TestCluster } from '../../../deploy/testkube/test-kube.ts';
import { describeWithCluster, type Availability } from '../../../deploy/testkube/testkube-binary.ts';
import { embedded, recording, type Topology } from '../topology.ts';
import { endAll } from '../walk.ts';
import { viewCluster, type ClusterView } from './cluster-view.ts';
import { problemsOf } from './expectation.ts';
import type { Played, ServiceScenario } from './scenario.ts';
import { openStage, type Stage } from './stage.ts';

/** All waits of all scenarios, on a machine that has other work. */
const PLAYED_WITHIN_MS = 900_000;
const SETTLED_WITHIN_MS = 60_000;

/** A cluster, Tidemark on it, and the test's own view of it. */
export interface ServiceRoad<C extends TestCluster> {
  readonly cluster: C;
  readonly view: ClusterView;
  readonly topology: Topology;
}

export interface ServiceRoadOptions<C extends TestCluster> {
  start(): Promise<C>;
  readonly scenarios: readonly ServiceScenario<C>[];
  /** Played and looked at one after the other, once all of `scenarios` have been. */
  readonly last?: readonly ServiceScenario<C>[];
}

/** Every scenario once, side by side, on one cluster with one Tidemark: what that tells must be what really happened. */
export function describeServices<C extends TestCluster>(
  availability: Availability,
  name: string,
  { start, scenarios, last = [] }: ServiceRoadOptions<C>,
): void {
  describeWithCluster(availability, name, () => {
    const ends: (() => Promise<void>)[] = [];
    const played = new Map<number, Promise<Played>>();
    let laid: ServiceRoad<C> | undefined;
    const road = (): ServiceRoad<C> => {
      if (!laid) throw new Error('the road has not been laid');
      return laid;
    };

    beforeAll(async () => {
      laid = await layServiceRoad(start, ends);
      for (const [index, scenario] of scenarios.entries())
        played.set(index, play(road(), scenario, namespaceOf(index)));
      await Promise.allSettled(played.values());
    }, PLAYED_WITHIN_MS);
    afterAll(() => endAll(ends));

    it.each(scenarios.map((scenario, index) => ({ ...scenario, index })))('$name', async ({ index, ...scenario }) => {
      const done = await played.get(index);
      expect(await settledProblems(road(), scenario, namespaceOf(index), done)).toEqual([]);
    });

    it.each(last.map((scenario, index) => ({ ...scenario, index: scenarios.length + index })))(
      '$name',
      async ({ index, ...scenario }) => {
        const done = await play(road(), scenario, namespaceOf(index));
        expect(await settledProblems(road(), scenario, namespaceOf(index), done)).toEqual([]);
      },
      PLAYED_WITHIN_MS,
    );
  });
}

const namespaceOf = (index: number): string => `service-${index}`;

/** `ends`: takes how to end what was begun, in its order. */
async function layServiceRoad<C extends TestCluster>(
  start: () => Promise<C>,
  ends: (() => Promise<void>)[],
): Promise<ServiceRoad<C>> {
  const cluster = await start();
  ends.push(() => cluster.stop());
  const view = viewCluster(cluster);
  ends.push(() => view.close());
  const topology = await embedded(cluster.kubeconfig);
  ends.push(() => topology.close());
  await topology.startAgent();
  await recording(topology);
  return { cluster, view, topology };
}

/** A scenario's stage in a namespace of its own, which is made here. */
export async function setStage<C extends TestCluster>(road: ServiceRoad<C>, namespace: string): Promise<Stage<C>> {
  await road.cluster.kubectl(['create', 'namespace', namespace]);
  return openStage(namespace, { ...road, api: road.topology.url });
}

const play = async <C extends TestCluster>(
  road: ServiceRoad<C>,
  scenario: ServiceScenario<C>,
  namespace: string,
): Promise<Played> => scenario.play(await setStage(road, namespace));

/** What is wrong still when there was time enough for all to be told. */
export async function settledProblems<C extends TestCluster>(
  { view, topology }: ServiceRoad<C>,
  scenario: ServiceScenario<C>,
  namespace: string,
  { commands, lost }: Played = { commands: [] },
): Promise<string[]> {
  let problems: string[] = [];
  const settled = async () => {
    const steps = scenario.byPods
      ? view.podSteps(namespace, scenario.service)
      : view.steps(namespace, scenario.service);
    problems = await problemsOf(topology.url, namespace, scenario, { steps, commands, lost });
    return problems.length === 0;
  };
  await until('what is expected', settled, SETTLED_WITHIN_MS).catch(() => undefined);
  return problems;
}
