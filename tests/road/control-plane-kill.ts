import { expect, it } from 'vitest';
import { until, type SimCluster } from '../../deploy/testkube/test-kube.ts';
import { restartsOf, settledDeaths } from './downtime.ts';
import { simPod } from './sim-scenarios.ts';
import type { Road } from './walk.ts';

const NAMESPACE = 'killed';
const PODS = 10;
const DEATHS_EACH = 3;
const LIMIT_MS = 400_000;
const names = Array.from({ length: PODS }, (_, index) => `dies-${index}`);

const total = (restarts: ReadonlyMap<string, number>): number =>
  [...restarts.values()].reduce((sum, count) => sum + count, 0);

/** The whole control plane is killed with SIGKILL while many pods die, and comes back: every death is there, once. */
export function itOutlivesAKill(road: () => Road<SimCluster>): void {
  it(
    'accounts for every death though the control plane is killed in the middle of a burst',
    async () => {
      const { cluster, topologies } = road();
      const crashing = {
        crash: 'true',
        'crash-times': String(DEATHS_EACH),
        'crash-after': '1s',
        'crash-backoff': '500ms',
      };
      await cluster.kubectl(['create', 'namespace', NAMESPACE]);
      await cluster.kubectl(
        ['-n', NAMESPACE, 'apply', '-f', '-'],
        names.map((name) => simPod(name, crashing)).join('---'),
      );
      await until('the burst', async () => total(await restartsOf(cluster, NAMESPACE)) >= PODS);
      await cluster.kill();
      await cluster.restart();
      await until(
        'the end of the burst',
        async () => total(await restartsOf(cluster, NAMESPACE)) === PODS * DEATHS_EACH,
      );

      const restarts = await restartsOf(cluster, NAMESPACE);
      const expected = names.flatMap((pod) => Array.from({ length: DEATHS_EACH }, (_, ordinal) => `${pod} ${ordinal}`));
      for (const topology of topologies) {
        const deaths = await settledDeaths(topology, NAMESPACE, restarts);
        const found = deaths.map(({ pod, ordinal }) => `${pod} ${ordinal}`);
        expect([topology.name, ...found.toSorted()]).toEqual([topology.name, ...expected.toSorted()]);
      }
    },
    LIMIT_MS,
  );
}
