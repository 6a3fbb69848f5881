import type { SimCluster } from '../../../demo/cluster/sim-cluster.ts';
import type { Change } from '../../../demo/cluster/object-store.ts';
import { RESOURCES } from '../../../demo/cluster/resources.ts';
import { startSimServer, type SimServer } from '../../../demo/server.ts';
import { seededFaults, type InjectedFault, type SeededFaults } from '../../../demo/server/seeded-faults.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createLivedCluster, recordDeaths, type MadeDeath } from '../lived-cluster.ts';
import { startChurn } from './churn.ts';
import type { Cause, Transition } from './history.ts';
import { createTokenFile } from './kubeconfig.ts';

const BOOKMARK_MS = 10_000;
const WARM_UP_MS = 120_000;
/** Nothing that is made while a test runs is compacted: 410 comes of faults alone. */
const WINDOW = 200_000;

/** A simulated cluster whose server fails by a seed, with a record of all that happened in it. */
export interface FaultyCluster {
  readonly name: string;
  readonly cluster: SimCluster;
  readonly server: SimServer;
  /** A file, with a token that the server may refuse and that is then written anew. */
  readonly kubeconfig: string;
  readonly plan: SeededFaults;
  /** Told of each new token. */
  readonly onToken: Set<(token: string) => void>;
  readonly transitions: readonly Transition[];
  readonly deaths: readonly MadeDeath[];
  /** Nothing more goes wrong and nothing more changes. */
  calm(): void;
  close(): Promise<void>;
}

const sourceOf = (plural: string): string => RESOURCES.find((each) => each.plural === plural)?.source ?? '';

function recordTransitions(cluster: SimCluster): Transition[] {
  const transitions: Transition[] = [];
  const note = ({ resource, type, object, revision }: Omit<Change, 'previous'>) => {
    if (resource.source === '') return;
    const { uid, namespace = '', name } = object.metadata;
    const what = `${resource.kind} ${namespace}/${name}`;
    transitions.push({ revision, type, source: resource.source, uid, what, at: cluster.now() });
  };
  for (const resource of RESOURCES)
    for (const object of cluster.store.list(resource))
      note({ resource, type: 'ADDED', object, revision: Number(object.metadata.resourceVersion) });
  cluster.store.subscribe(note);
  return transitions;
}

/** A cluster that has lived a while, all of it recorded, and lives on by the clock. */
function startCluster(name: string, seed: string, clock: Clock) {
  const options = { name, seed, clock, share: 0.25, nodes: 3, window: WINDOW };
  const { cluster, live } = createLivedCluster({ ...options, warmUpMs: WARM_UP_MS });
  const transitions = recordTransitions(cluster);
  const deaths = recordDeaths(cluster);
  live();
  return { cluster, transitions, deaths };
}

/** `meanMs`: milliseconds between two happenings. */
export async function startFaultyCluster(options: {
  name: string;
  seed: string;
  dir: string;
  clock: Clock;
  meanMs: number;
}): Promise<FaultyCluster> {
  const { name, seed, clock } = options;
  const { cluster, transitions, deaths } = startCluster(name, seed, clock);
  const endChurn = startChurn(cluster, options.meanMs);
  const onToken = new Set<(token: string) => void>();
  const plan = seededFaults({ seed, clock });
  const tokenFile = createTokenFile(options.dir, name);
  const renew = () => {
    const token = tokenFile.renew(server.url);
    for (const listener of onToken) listener(token);
  };
  const server = await startSimServer(cluster, {
    clock,
    bookmarkMs: BOOKMARK_MS,
    faults: plan.faults,
    onFault(request, fault) {
      plan.onFault(request, fault);
      if (fault.kind === 'token') clock.after(fault.renewMs, renew);
    },
  });
  renew();
  return {
    name,
    cluster,
    server,
    kubeconfig: tokenFile.path,
    plan,
    onToken,
    transitions,
    deaths,
    calm() {
      plan.stop();
      endChurn();
      cluster.stop();
    },
    async close() {
      cluster.stop();
      await server.close();
    },
  };
}

const BREAKING = new Set(['watch 410', 'watch ERROR 410', 'restart, cache emptied']);

/** A watch that stands at the same version meets its second broken line within so long. */
const TWICE_MS = 90_000;

/**
 * What the faults may be to blame for. One broken line is got over by watching again; a second one, at the same version, is
 * not.
 */
export function causesOf(injected: readonly InjectedFault[]): Cause[] {
  const garbledAt = new Map<string, number>();
  return injected.map(({ name, resource, at, permittedAt }) => {
    const source = resource === '' ? '' : sourceOf(resource);
    const garbled = name === 'watch garble';
    const again = garbled && at - (garbledAt.get(resource) ?? -Infinity) < TWICE_MS;
    if (garbled) garbledAt.set(resource, at);
    return { source, at, until: permittedAt, breaks: BREAKING.has(name) || again };
  });
}
