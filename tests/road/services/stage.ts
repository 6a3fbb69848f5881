import { until, type TestCluster } from '../../../deploy/testkube/test-kube.ts';
import type { RolloutOutcome } from '../../../schemas/rollouts.ts';
import type { ClusterView, Pod } from './cluster-view.ts';
import { rolloutsOf } from './found.ts';

/** What the clocks of nodes and whole seconds are given. */
const RELEASED_MS = 3_000;
/** A workload that is made anew within a minute has never been given up (processors/journal/outages/expected.ts). */
export const GIVEN_UP_MS = 75_000;
const PATIENCE_MS = 600_000;

const eventually = (what: string, condition: () => Promise<boolean>): Promise<boolean> =>
  until(what, condition, PATIENCE_MS);

const LET_GO = JSON.stringify([{ op: 'remove', path: '/spec/schedulingGates' }]);

const isHeld = ({ metadata, spec }: Pod): boolean =>
  metadata.deletionTimestamp === undefined && (spec.schedulingGates ?? []).length > 0;

/** When a command of a test's took effect: not before `from`, and by `to`. Milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where one scenario is played: a namespace of its own on a cluster that Tidemark watches. */
export interface Stage<C extends TestCluster = TestCluster> {
  readonly cluster: C;
  readonly view: ClusterView;
  /** Where Tidemark's API listens. */
  readonly api: string;
  readonly namespace: string;
  /** kubectl in the namespace. */
  kubectl(...args: string[]): Promise<Span>;
  apply(...manifests: string[]): Promise<Span>;
  /** The first pod by name. */
  pod(): string;
  /**
   * Waits until a service has had so many ready endpoints since the last such wait; 0: none that serves either. Where nothing
   * but its pods' own condition tells, `by pods`.
   */
  ready(service: string, count: number, byPods?: 'by pods'): Promise<void>;
  /** Waits until the newest pods' status has a text. */
  says(text: string): Promise<void>;
  /** Waits until a service has been as it is for so long. */
  rested(service: string, forMs: number): Promise<void>;
  /** Waits until what was released is out, and so long ago that nothing which happens now can be its doing. */
  released(workload?: string): Promise<unknown>;
  /** Waits until Tidemark has a rollout with that outcome. */
  outcome(outcome: RolloutOutcome, workload?: string): Promise<unknown>;
  /** Waits until so many pods, of that image if one is given, are held, and lets them start. */
  letGo(count: number, image?: string): Promise<void>;
}

export function openStage<C extends TestCluster>(
  namespace: string,
  { cluster, view, api }: { cluster: C; view: ClusterView; api: string },
): Stage<C> {
  /** By service: the steps that earlier waits have passed. */
  const passed = new Map<string, number>();
  const timed = async (args: readonly string[], stdin?: string): Promise<Span> => {
    const from = Date.now();
    await cluster.kubectl(['-n', namespace, ...args], stdin);
    return { from, to: Date.now() };
  };
  return {
    cluster,
    view,
    api,
    namespace,
    kubectl: (...args) => timed(args),
    apply: (...manifests) => timed(['apply', '-f', '-'], manifests.join('\n---\n')),
    pod: () =>
      view
        .pods(namespace)
        .map(({ metadata }) => metadata.name)
        .sort()[0] ?? '',
    async ready(service, count, byPods) {
      const steps = () => (byPods ? view.podSteps(namespace, service) : view.steps(namespace, service));
      await view.until(`${count} ready endpoints of ${namespace}/${service}`, () => {
        const after = passed.get(service) ?? 0;
        const found = steps().findIndex(
          ({ ready, serving }, index) => index >= after && ready === count && (count > 0 || serving === 0),
        );
        if (found >= 0) passed.set(service, found + 1);
        return found >= 0;
      });
    },
    says: (text) =>
      view.until(`a pod of ${namespace} that says ${text}`, () =>
        view.pods(namespace).some((pod) => JSON.stringify(pod.status).includes(text)),
      ),
    rested: (service, forMs) =>
      view.until(`${forMs / 1000} seconds in which nothing happens to ${namespace}/${service}`, () => {
        const last = view.steps(namespace, service).at(-1);
        return last !== undefined && Date.now() - last.to > forMs;
      }),
    released: (workload = 'web') =>
      eventually(`the end of every rollout of ${namespace}`, async () => {
        const rollouts = await rolloutsOf(api, namespace, workload);
        const over = ({ finished_at }: (typeof rollouts)[number]) =>
          finished_at !== null && Date.now() - Date.parse(finished_at) > RELEASED_MS;
        return rollouts.length > 0 && rollouts.every(over);
      }),
    outcome: (outcome, workload = 'web') =>
      eventually(`a rollout of ${namespace} that is ${outcome}`, async () => {
        const rollouts = await rolloutsOf(api, namespace, workload);
        return rollouts.some((rollout) => rollout.outcome === outcome);
      }),
    async letGo(count, image) {
      const isMeant = ({ spec }: Pod) => image === undefined || spec.containers.some((one) => one.image === image);
      const held = () => view.pods(namespace).filter((pod) => isHeld(pod) && isMeant(pod));
      await view.until(`${count} held pods in ${namespace}`, () => held().length === count);
      for (const { metadata } of held()) await timed(['patch', 'pod', metadata.name, '--type=json', '-p', LET_GO]);
    },
  };
}
