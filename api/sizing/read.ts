import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { ContainerResources } from '../../schemas/resources.ts';
import type { Measure } from '../../schemas/usage.ts';
import { keyText, listSizingFigures, type SizingChoice, type StoredWorkload } from '../queries/sizing/figures.ts';
import {
  listAsked,
  listAutoscalers,
  listFoundMeasures,
  listOomKills,
  type Key,
  type StoredAsked,
  type StoredAutoscaler,
  type StoredKills,
} from '../queries/sizing/journal.ts';
import { readOomLimits } from '../queries/usage/oom-kills.ts';
import { listImported } from '../queries/usage/imports.ts';
import type { Scope } from '../scope.ts';
import { instantsIn, STEP_MS, type Plan } from '../usage/parts.ts';
import type { Asked, Evidence, Spread } from './evidence.ts';
import type { Sized } from './items.ts';
import { judge } from './judge.ts';
import type { SizingOptions } from './options.ts';

/** All of them are judged before any is shown: savings are sorted and summed up. */
export const MOST_WORKLOADS = 20_000;
const INSTANT_MS = STEP_MS['30s'];
const INSTANTS_AN_HOUR = STEP_MS['1h'] / INSTANT_MS;

/** What is known beside use, by the key of a workload. */
interface Known {
  readonly asked: ReadonlyMap<string, StoredAsked>;
  readonly autoscalers: ReadonlyMap<string, StoredAutoscaler>;
  readonly kills: ReadonlyMap<string, StoredKills>;
  readonly limitsAtKill: ReadonlyMap<string, number | null>;
  /** Cluster and measure. */
  readonly found: ReadonlySet<string>;
  /** Milliseconds by cluster. */
  readonly imported: ReadonlyMap<string, number>;
}

const byKey = <R extends Key>(rows: readonly R[]): ReadonlyMap<string, R> =>
  new Map(rows.map((row) => [keyText(row), row]));

const foundKey = (cluster: string, measure: string): string => JSON.stringify([cluster, measure]);

const spreadOf = (row: StoredWorkload, one: 'cpu_cores' | 'memory_bytes' | 'gpu_utilisation'): Spread => {
  const [p50 = null, p90 = null, p95 = null, p99 = null] = row[`q_${one}`];
  return { avg: row[`a_${one}`], p50, p90, p95, p99, max: row[`x_${one}`] };
};

const RESOURCES = [
  ['cpu', 'cpu_request_cores'],
  ['memory', 'memory_request_bytes'],
  ['gpu', 'gpu_request'],
] as const satisfies readonly (readonly [keyof Evidence['asked'], Measure])[];

/** The journal's newest pod tells; where it has none, the newest row of usage, as far as the cluster's import has such a measure. */
function askedOf(row: StoredWorkload, known: Known): Evidence['asked'] {
  const inJournal = known.asked.get(keyText(row))?.newest;
  const entries = RESOURCES.map(([resource, measure], index) => {
    const of = inJournal ?? row.asked;
    const [request = null, limit = null] = [of[2 * index], of[2 * index + 1]] as (number | null | undefined)[];
    const told = inJournal ? inJournal[8] === 0 : known.found.has(foundKey(row.k_cluster, measure));
    return [resource, { known: told || request !== null, request, limit }] as const;
  });
  return Object.fromEntries(entries) as Record<keyof Evidence['asked'], Asked>;
}

function containersOf(stored: StoredAsked | undefined): readonly ContainerResources[] {
  return stored ? (JSON.parse(stored.newest[7] || '[]') as ContainerResources[]) : [];
}

function autoscalerOf(stored: StoredAutoscaler | undefined): Evidence['autoscaler'] {
  if (!stored || (stored.cpu_target_percent === null && stored.memory_target_percent === null)) return null;
  return {
    name: stored.autoscaler,
    minReplicas: stored.min_replicas,
    maxReplicas: stored.max_replicas,
    cpuTargetPercent: stored.cpu_target_percent,
    memoryTargetPercent: stored.memory_target_percent,
  };
}

function evidenceOf(row: StoredWorkload, known: Known, { range }: Plan): Evidence {
  const key = keyText(row);
  const kills = known.kills.get(key);
  const asked = known.asked.get(key);
  const life = (Math.min(row.last_ms, range.to) - Math.max(row.first_ms, range.from)) / INSTANT_MS;
  const importedMs = known.imported.get(row.k_cluster) ?? 0;
  const imported = importedMs > 0 ? importedMs / INSTANT_MS : instantsIn(range);
  const over = Math.max(imported, row.there);
  return {
    kind: row.k_kind,
    knownHours: row.known / INSTANTS_AN_HOUR,
    podHours: row.pod_instants / INSTANTS_AN_HOUR,
    knownShare: life > 0 ? Math.min(1, row.known / life) : 0,
    pods: over > 0 ? row.pod_instants / over : null,
    podsWhileThere: row.there > 0 ? row.pod_instants / row.there : null,
    cpu: spreadOf(row, 'cpu_cores'),
    memory: spreadOf(row, 'memory_bytes'),
    gpu: spreadOf(row, 'gpu_utilisation'),
    throttled: row.throttled,
    asked: askedOf(row, known),
    gpuResource: asked?.newest[6] ?? '',
    containers: containersOf(asked),
    oom: kills
      ? {
          kills: kills.kills,
          lastMs: kills.last_ms,
          container: kills.container,
          limitBytes: known.limitsAtKill.get(key) ?? null,
        }
      : null,
    autoscaler: autoscalerOf(known.autoscalers.get(key)),
  };
}

async function readKnown(
  scope: Scope,
  store: Store,
  choice: SizingChoice,
  options: QueryOptions,
): Promise<{ figures: StoredWorkload[]; known: Known; imported: { cluster: string; imported_ms: number }[] }> {
  const { filter, plan } = choice;
  const [figures, asked, autoscalers, kills, found, imported] = await Promise.all([
    listSizingFigures(scope, store, { ...choice, limit: MOST_WORKLOADS + 1 }, options),
    listAsked(scope, store, choice, options),
    listAutoscalers(scope, store, choice, options),
    listOomKills(scope, store, choice, options),
    listFoundMeasures(scope, store, choice, options),
    listImported(scope, store, { filter, period: plan.range }, options),
  ]);
  const { cluster, namespace, workload } = filter;
  const ofWorkloads = { ...(cluster && { cluster }), ...(namespace && { namespace }), ...(workload && { workload }) };
  const shown = new Set(figures.map(keyText));
  const killed = kills
    .filter((row) => shown.has(keyText(row)))
    .map((row) => ({ cluster: row.k_cluster, namespace: row.k_namespace, kind: row.k_kind, name: row.k_name }));
  const limitsAtKill = await readOomLimits(
    scope,
    store,
    { choice: { by: 'workload', filter: ofWorkloads, plan }, keys: killed },
    options,
  );
  const known = {
    asked: byKey(asked),
    autoscalers: byKey(autoscalers),
    kills: byKey(kills),
    limitsAtKill,
    found: new Set(found.map((one) => foundKey(one.cluster, one.measure))),
    imported: new Map(imported.map((one) => [one.cluster, one.imported_ms])),
  };
  return { figures, known, imported };
}

export type Imported = readonly { readonly cluster: string; readonly imported_ms: number }[];

/**
 * Every workload that the filter finds, judged, in the order of names; and how much of the range is imported. Null where they are more
 * than `MOST_WORKLOADS`.
 */
export async function readSizing(
  scope: Scope,
  store: Store,
  request: SizingChoice & { sizing: SizingOptions },
  options: QueryOptions,
): Promise<{ sized: Sized[]; imported: Imported } | null> {
  const { sizing, plan } = request;
  const { figures, known, imported } = await readKnown(scope, store, request, options);
  if (figures.length > MOST_WORKLOADS) return null;
  const sized = figures.map((row) => {
    const evidence = evidenceOf(row, known, plan);
    const [team, environment] = row.owner;
    return {
      cluster: row.k_cluster,
      namespace: row.k_namespace,
      kind: row.k_kind,
      name: row.k_name,
      team,
      environment,
      firstMs: Math.max(row.first_ms, plan.range.from),
      lastMs: Math.min(row.last_ms, plan.range.to),
      evidence,
      judgement: judge(evidence, sizing),
    };
  });
  return { sized, imported };
}
