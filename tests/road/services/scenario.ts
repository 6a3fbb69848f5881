import type { TestCluster } from '../../../deploy/testkube/test-kube.ts';
import type { Expectation } from './expectation.ts';
import type { Span, Stage } from './stage.ts';

/** What the test has done to the cluster. */
export interface Played {
  /** The commands that began the expected rollouts, in their order. */
  readonly commands: readonly Span[];
  /** When the service was lost, where its endpoints show that only later. */
  readonly lost?: Span;
}

/** Something that befalls a service on a real cluster, and what Tidemark must tell of it. */
export interface ServiceScenario<C extends TestCluster = TestCluster> extends Expectation {
  readonly name: string;
  play(stage: Stage<C>): Promise<Played>;
  /** Nothing but its pods' own condition tells how it was. */
  readonly byPods?: true;
}
