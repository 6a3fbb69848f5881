import { afterAll, beforeAll, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { startKafka } from '../../deploy/testkafka/test-kafka.ts';
import { startSimCluster, until, type SimCluster } from '../../deploy/testkube/test-kube.ts';
import { describeWithCluster, simAvailable } from '../../deploy/testkube/testkube-binary.ts';
import type { CoverageSpan } from '../../schemas/api/clusters.ts';
import type { Cause } from '../../schemas/outages.ts';
import { get } from './rows.ts';
import { viewCluster, type ClusterView } from './services/cluster-view.ts';
import { intervalsOf, rolloutsOf, servicesOf, type Interval } from './services/found.ts';
import { deployment, service } from './services/manifests.ts';
import { openStage, type Stage } from './services/stage.ts';
import { downtimeProblems, truthProblems } from './services/truth.ts';
import { CLUSTER, distributed, recording, type DistributedTopology } from './topology.ts';
import { endAll } from './walk.ts';

const LIMIT_MS = 900_000;
const SETTLED_WITHIN_MS = 300_000;
const AVAILABLE = kafkaMissing() ? { available: false, reason: 'there is no Kafka' } : simAvailable();

interface Absence {
  readonly history: 'kept' | 'lost';
  readonly state: CoverageSpan['state'];
  /** Outages that began and ended while nobody watched, as they are told afterwards. */
  readonly meanwhile: readonly Cause[];
}
const ABSENCES: readonly Absence[] = [
  { history: 'kept', state: 'late', meanwhile: ['pod-deleted'] },
  // What tells of it is the time that nobody watched.
  { history: 'lost', state: 'gap', meanwhile: [] },
];

describeWithCluster(AVAILABLE, 'services and an agent that is killed', () => {
  const ends: (() => Promise<void>)[] = [];
  const namespaces: string[] = [];
  let cluster: SimCluster;
  let view: ClusterView;
  let topology: DistributedTopology;

  beforeAll(async () => {
    // However long its control plane takes to come back, its nodes are not lost meanwhile.
    cluster = await startSimCluster({ args: ['--node-monitor-grace-period', '600s'] });
    ends.push(() => cluster.stop());
    view = viewCluster(cluster);
    ends.push(() => view.close());
    const kafka = await startKafka();
    ends.push(() => kafka.stop());
    topology = await distributed(cluster.kubeconfig, kafka.brokers);
    ends.push(() => topology.close());
    await topology.startAgent();
    await recording(topology);
  }, LIMIT_MS);
  afterAll(() => endAll(ends));

  /** A service of one pod, in a namespace of its own. */
  async function begin(namespace: string): Promise<Stage> {
    await cluster.kubectl(['create', 'namespace', namespace]);
    namespaces.push(namespace);
    const stage = openStage(namespace, { cluster, view, api: topology.url });
    await stage.apply(deployment({ name: 'web', held: true }), service('web'));
    await recovers(stage);
    await stage.released();
    return stage;
  }

  async function downsOf({ namespace }: Stage, how: 'lasts' | 'ended'): Promise<Interval[]> {
    const all = await intervalsOf(topology.url, namespace, 'web');
    return all.filter(({ kind, ended_at: end }) => kind === 'down' && (end === null) === (how === 'lasts'));
  }

  /** Its only outage, which lasts, or has ended. */
  async function downOf(stage: Stage, how: 'lasts' | 'ended'): Promise<Interval> {
    const what = `the outage of ${stage.namespace} that ${how}`;
    return until(what, async () => (await downsOf(stage, how))[0], SETTLED_WITHIN_MS);
  }

  /** Problems of the bounds of outages, and of the downtime that follows from them. */
  async function problemsOf({ namespace }: Stage, downs: readonly Interval[]): Promise<string[]> {
    const steps = view.steps(namespace, 'web');
    const [found] = await servicesOf(topology.url, namespace);
    const bounds = downs.length === 0 ? [] : truthProblems(downs, steps, { wanted: 1, degraded: false });
    return found ? [...bounds, ...downtimeProblems(found.downtime, steps)] : ['there is no service'];
  }

  const told = (state: CoverageSpan['state'], after: number) =>
    until(`the ${state} span of the absence`, async () => {
      const query = `cluster=${CLUSTER}&kind=endpointslice&limit=500`;
      const { items } = await get<{ items: CoverageSpan[] }>(`${topology.url}/api/v1/coverage?${query}`);
      return items.some((span) => span.state === state && Date.parse(span.to ?? '') > after);
    });

  it.each(ABSENCES)(
    'goes on with the same outages after a SIGKILL, its history $history',
    async ({ history, state, meanwhile }) => {
      const ending = await begin(`ends-${history}`);
      const lasting = await begin(`lasts-${history}`);
      const blinking = await begin(`blinks-${history}`);
      await loses(ending);
      await loses(lasting);
      const ids = [(await downOf(ending, 'lasts')).id, (await downOf(lasting, 'lasts')).id];

      const killed = Date.now();
      await topology.killAgent();
      await recovers(ending);
      await loses(blinking);
      await recovers(blinking);
      if (history === 'lost') await cluster.forgetHistory();
      await topology.startAgent();
      await told(state, killed);

      const ended = await downOf(ending, 'ended');
      expect([ended.id, (await downOf(lasting, 'lasts')).id]).toEqual(ids);
      await recovers(lasting);
      const over = await downOf(lasting, 'ended');
      expect([over.id, await downsOf(ending, 'lasts')]).toEqual([ids[1], []]);
      expect(await problemsOf(ending, [ended])).toEqual([]);
      expect(await problemsOf(lasting, [over])).toEqual([]);

      const blinks = await downsOf(blinking, 'ended');
      expect(blinks.map(({ cause }) => cause)).toEqual(meanwhile);
      expect(await problemsOf(blinking, blinks)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'comes to the same rows when the whole journal is folded once more',
    async () => {
      const all = () => Promise.all(namespaces.map((namespace) => rowsOf(topology.url, namespace)));
      const before = await all();
      expect(before.flatMap(({ intervals }) => intervals).length).toBeGreaterThanOrEqual(ABSENCES.length * 2);
      await topology.refold();
      let again = await all();
      const same = async () => {
        again = await all();
        return JSON.stringify(again) === JSON.stringify(before);
      };
      await until('the same rows', same, SETTLED_WITHIN_MS).catch(() => undefined);
      expect(again).toEqual(before);
    },
    LIMIT_MS,
  );
});

async function loses(stage: Stage): Promise<void> {
  await stage.kubectl('delete', 'pod', stage.pod());
  await stage.ready('web', 0);
}

async function recovers(stage: Stage): Promise<void> {
  await stage.letGo(1);
  await stage.ready('web', 1);
}

/** What the folds have made of a namespace, without the figures, which go on with time. */
async function rowsOf(api: string, namespace: string) {
  const services = await servicesOf(api, namespace);
  return {
    services: services.map(
      ({ service_uid, state, since, ready, wanted, first_seen_at, first_ready_at, workloads }) => ({
        service_uid,
        state,
        since,
        ready,
        wanted,
        first_seen_at,
        first_ready_at,
        workloads,
      }),
    ),
    intervals: await intervalsOf(api, namespace, 'web'),
    rollouts: await rolloutsOf(api, namespace, 'web'),
  };
}
