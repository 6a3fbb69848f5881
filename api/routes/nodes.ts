import { toTime } from '../../platform/clock.ts';
import type { QueryOptions } from '../../platform/store/store.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { UsageNodesQuery } from '../../schemas/api/usage-parameters.ts';
import { UsageNodes, type UsageNode } from '../../schemas/api/usage.ts';
import type { App, RouteContext } from '../context.ts';
import { figureRange } from '../figure-range.ts';
import { listUsage, type StoredFigures } from '../queries/usage/figures.ts';
import { listGpusUsed, type StoredGpus } from '../queries/usage/gpus.ts';
import { listImported } from '../queries/usage/imports.ts';
import { listNodesAt, listRequestsAt, type StoredNode } from '../queries/usage/nodes.ts';
import { createMatcher } from '../name-pattern.ts';
import { seesEveryNamespace, type Scope } from '../scope.ts';
import type { Selection } from '../selection.ts';
import { addUp, allocatableOf, capacityOf, fitOf, NOTHING_REQUESTED, RESOURCES, type Sums } from '../usage/capacity.ts';
import { readUsageFilter, type UsageFilter } from '../usage/filter.ts';
import { completeOf } from '../usage/items.ts';
import { readKept } from '../usage/kept.ts';
import { planRange, resolutionOf, type Plan } from '../usage/parts.ts';

const MOST_NODES = 20_000;

interface Known {
  readonly nodes: readonly StoredNode[];
  /** By cluster, then by node; a cluster is left out whose journal tells nothing of its pods. */
  readonly requests: ReadonlyMap<string, ReadonlyMap<string, Sums>>;
  /** By cluster and node, and by cluster alone. */
  readonly usage: ReadonlyMap<string, StoredFigures>;
  /** The same. */
  readonly gpus: ReadonlyMap<string, StoredGpus>;
}

const key = (cluster: string, node = ''): string => JSON.stringify([cluster, node]);

/** Rows that gather all namespaces are for those alone who may see them all. */
async function readKnown(
  scope: Scope,
  { store }: RouteContext,
  request: { filter: UsageFilter; plan: Plan },
  options: QueryOptions,
): Promise<Known> {
  const { filter, plan } = request;
  const cluster = filter.cluster ? { cluster: filter.cluster } : {};
  const at = { filter: cluster, atMs: plan.range.to };
  if (!seesEveryNamespace(scope)) {
    return {
      nodes: await listNodesAt(scope, store, at, options),
      requests: new Map(),
      usage: new Map(),
      gpus: new Map(),
    };
  }
  const all = { filter: cluster, plan, sort: 'name', order: 'asc', limit: MOST_NODES, offset: 0 } as const;
  const [nodes, asked, ofNodes, ofClusters, gpusOfNodes, gpusOfClusters] = await Promise.all([
    listNodesAt(scope, store, at, options),
    listRequestsAt(scope, store, at, options),
    listUsage(scope, store, { ...all, by: 'node' }, options),
    listUsage(scope, store, { ...all, by: 'cluster' }, options),
    listGpusUsed(scope, store, { filter: cluster, plan, by: 'node' }, options),
    listGpusUsed(scope, store, { filter: cluster, plan, by: 'cluster' }, options),
  ]);
  const requests = new Map<string, Map<string, Sums>>();
  for (const { cluster: of, node, ...sums } of asked) {
    requests.set(of, (requests.get(of) ?? new Map<string, Sums>()).set(node, sums));
  }
  const usage = new Map<string, StoredFigures>();
  for (const row of ofClusters.rows) usage.set(key(row.k_cluster), row);
  for (const row of ofNodes.rows) if (row.k_name !== '') usage.set(key(row.k_cluster, row.k_name), row);
  const gpus = new Map<string, StoredGpus>();
  for (const row of gpusOfClusters) gpus.set(key(row.k_cluster), row);
  for (const row of gpusOfNodes) if (row.k_name !== '') gpus.set(key(row.k_cluster, row.k_name), row);
  return { nodes, requests, usage, gpus };
}

function nodeOf(cluster: string, name: string, known: Known): UsageNode {
  const node = known.nodes.find((one) => one.cluster === cluster && one.node === name);
  const ofCluster = known.requests.get(cluster);
  const sums = ofCluster && (ofCluster.get(name) ?? NOTHING_REQUESTED);
  const usage = known.usage.get(key(cluster, name));
  const gpus = known.gpus.get(key(cluster, name));
  const capacity = (resource: (typeof RESOURCES)[number]) => {
    const column = resource === 'cpu' ? 'cpu_cores' : resource === 'memory' ? 'memory_bytes' : 'gpus';
    return capacityOf(resource, { allocatable: node?.[column] ?? null, sums, usage, gpus });
  };
  return {
    cluster,
    node: name,
    unschedulable: node ? node.unschedulable === 1 : null,
    pods: sums?.pods ?? null,
    cpu: capacity('cpu'),
    memory: capacity('memory'),
    gpu: capacity('gpu'),
  };
}

function clusterOf(cluster: string, known: Known): UsageNodes['clusters'][number] {
  const nodes = known.nodes.filter((one) => one.cluster === cluster);
  const ofCluster = known.requests.get(cluster);
  const sums = ofCluster && addUp([...ofCluster.values()]);
  const usage = known.usage.get(key(cluster));
  const gpus = known.gpus.get(key(cluster));
  const [cpu, memory, gpu] = RESOURCES.map((resource) =>
    capacityOf(resource, { allocatable: allocatableOf(nodes, resource), sums, usage, gpus }),
  );
  const fit = (resource: (typeof RESOURCES)[number], of = { cpu, memory, gpu }[resource]) =>
    fitOf(nodes, resource, of?.requests ?? null);
  const none = capacityOf('cpu', { allocatable: null, sums: undefined, usage: undefined });
  return {
    cluster,
    nodes: nodes.length > 0 ? nodes.length : null,
    cordoned: nodes.length > 0 ? nodes.filter(({ unschedulable }) => unschedulable === 1).length : null,
    pods: sums?.pods ?? null,
    cpu: cpu ?? none,
    memory: memory ?? none,
    gpu: gpu ?? none,
    without_largest: { cpu: fit('cpu'), memory: fit('memory'), gpu: fit('gpu') },
  };
}

const matchesAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => createMatcher(pattern)(name));

const isWanted = (selection: Selection | undefined, name: string): boolean =>
  !selection || ((!selection.only || matchesAny(selection.only, name)) && !matchesAny(selection.not, name));

/** What nodes and clusters have to give, what is asked of them, and what is used. */
export function nodeRoutes(app: App, context: RouteContext): void {
  const { store, clock, principal, limits, retention } = context;
  const schema = {
    operationId: 'listUsageNodes',
    summary: 'Nodes and clusters: requests, limits and use against what can be allocated',
    description:
      'Allocatable, requests and limits at the end of from..to (default: the last 30 days), use over it. Requests and limits come from the journal; of a cluster of which it has no pods, from Prometheus. What gathers all namespaces is null for a reader who may not see every one. `node` narrows the list of nodes, not the figures of clusters.',
    tags: ['usage'],
    querystring: UsageNodesQuery,
    response: answers(UsageNodes),
  };
  app.get('/api/v1/usage/nodes', { schema }, async (request, reply): Promise<UsageNodes> => {
    const { scope } = principal(request);
    const options = limits(reply);
    const filter = readUsageFilter(request.query);
    const nowMs = clock.now();
    const asked = figureRange(request.query, nowMs);
    const plan = planRange(asked, await readKept(scope, store, { filter, range: asked, nowMs, retention }, options));
    const { range } = plan;
    const [known, imported] = await Promise.all([
      readKnown(scope, context, { filter, plan }, options),
      listImported(scope, store, { filter, period: range }, options),
    ]);
    const names = new Map<string, readonly [cluster: string, node: string]>();
    for (const { cluster, node } of known.nodes) names.set(key(cluster, node), [cluster, node]);
    for (const { k_cluster: cluster, k_name: name } of known.usage.values()) {
      if (known.usage.has(key(cluster, name))) names.set(key(cluster, name), [cluster, name]);
    }
    const sorted = [...names.values()].toSorted(
      (a, b) => Number(a[0] > b[0]) - Number(a[0] < b[0]) || Number(a[1] > b[1]) - Number(a[1] < b[1]),
    );
    const clusters = new Set([
      ...sorted.map(([cluster]) => cluster),
      ...known.requests.keys(),
      ...[...known.usage.values()].map((row) => row.k_cluster),
    ]);
    return {
      from: toTime(range.from),
      to: toTime(range.to),
      resolution: resolutionOf(plan),
      complete: completeOf(imported, range),
      clusters: [...clusters].toSorted().map((cluster) => clusterOf(cluster, known)),
      nodes: sorted
        .filter(([, node]) => isWanted(filter.node, node))
        .map(([cluster, node]) => nodeOf(cluster, node, known)),
    };
  });
}
