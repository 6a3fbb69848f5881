import Type, { type Static } from 'typebox';
import {
  maybeFloat64,
  maybeTime,
  oneOf,
  table,
  text,
  texts,
  time,
  uint32,
  uint64,
  uint8,
  word,
  words,
} from './column.ts';

/**
 * `down`: no endpoint serves. `degraded`: fewer ready than the configured share of what is wanted. `port`: a named port that no
 * ready endpoint offers. `off`: scaled to zero, which is no outage. All but `port` exclude each other.
 */
export const OUTAGE_KINDS = ['down', 'degraded', 'port', 'off'] as const;
export type OutageKind = (typeof OUTAGE_KINDS)[number];

export const CAUSES = [
  'rollout',
  'bad-release',
  'crash',
  'readiness',
  'node',
  'eviction',
  'image',
  'unschedulable',
  'pod-deleted',
  'scale-down',
  'unknown',
] as const;
export type Cause = (typeof CAUSES)[number];

export const OutageRow = Type.Object({
  id: text('Deterministic: of cluster, service uid, kind, port and number'),
  kind: oneOf(OUTAGE_KINDS, 'down, degraded, port or off; count one kind at a time'),
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  service: word('Service'),
  service_uid: text('Uid of the service'),
  workloads: words('Workloads behind it, as Kind/name'),
  team: word('Team, by the configured label'),
  environment: word('Environment, by the configured label'),
  port: word("Name of the port of a `port` interval, else ''"),
  started_at: time('When it began, as well as is known'),
  started_earliest: time('It cannot have begun before'),
  started_latest: time('It had begun by then'),
  ended_at: maybeTime('When it ended, as well as is known; null while it lasts'),
  ended_earliest: maybeTime('It cannot have ended before'),
  ended_latest: maybeTime('It had ended by then'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  ready_least: uint32('Fewest ready endpoints while it lasted'),
  wanted: uint32('Most replicas wanted while it lasted'),
  cause: oneOf(CAUSES, 'rollout, bad-release, crash, readiness, node, eviction, ... or unknown'),
  planned: uint8('1 where somebody meant it: a rollout that went well, a drain, a scale-down'),
  sentence: text('The cause in one sentence'),
  cause_facts: text(
    'What the sentence is made of, as JSON: {"pods","pod","workload","revision","reason","exit_code","node",...}',
  ),
  rollout: text("rollouts.id that caused it, or ''"),
  exceptions: texts('exceptions.id of the deaths and stuck spells that caused it'),
  node: word("Node that caused it, or ''"),
  pods: texts('Pods that were lost at its beginning'),
  blip: uint8(
    '1 where it counts nowhere: its endpoints only moved from one slice to another, or one list held both its ends',
  ),
  version: uint64('Journal offset of the last batch that changed the row'),
});
export type OutageRow = Static<typeof OutageRow>;
/** Written to the versions table; read through the view `outages`. */
export const outagesTable = table('outages_versions', OutageRow);

/** How many endpoints a service had, one row a change: the last one of a second counts. */
export const ServiceEndpointsRow = Type.Object({
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  service: word('Service'),
  at: time('From when on, whole seconds; the partition is made of it'),
  ready: uint32('Ready endpoints, each counted once over families, ports and slices'),
  serving: uint32('Endpoints that serve while they are being terminated'),
  wanted: uint32('Replicas wanted of the workloads behind it'),
  version: uint64('Journal offset'),
});
export type ServiceEndpointsRow = Static<typeof ServiceEndpointsRow>;
export const serviceEndpointsTable = table('service_endpoints_versions', ServiceEndpointsRow);

/**
 * `up`, `degraded` and `down` as in `outages`; `off`: scaled to zero; `never-ready`: no endpoint has ever been ready;
 * `selectorless`: nothing says which pods; `external`: a name outside; `gone`: deleted.
 */
export const SERVICE_STATES = [
  'up',
  'degraded',
  'down',
  'off',
  'never-ready',
  'selectorless',
  'external',
  'gone',
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

export const ServiceRow = Type.Object({
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  service: word('Service'),
  service_uid: text('Uid of the service'),
  type: word('ClusterIP, NodePort, LoadBalancer, ExternalName or Headless'),
  state: oneOf(SERVICE_STATES, 'up, degraded, down, off, never-ready, selectorless, external or gone'),
  since: time('Since when it has this state'),
  ready: uint32('Ready endpoints'),
  wanted: uint32('Replicas wanted of the workloads behind it'),
  workloads: words('Workloads behind it, as Kind/name'),
  team: word('Team, by the configured label'),
  environment: word('Environment, by the configured label'),
  objective: maybeFloat64(
    'Availability wanted in percent, from the annotation tidemark.dev/slo; null: the configured one',
  ),
  first_seen_at: time('When the agent first saw it'),
  first_ready_at: maybeTime('When it first had a ready endpoint: its availability counts from here'),
  deleted_at: maybeTime('When it was deleted'),
  version: uint64('Journal offset'),
});
export type ServiceRow = Static<typeof ServiceRow>;
export const servicesTable = table('services_versions', ServiceRow);

/** Windows in which an outage was announced: one row a change, the last one counts. */
export const MaintenanceRow = Type.Object({
  id: text('Given by the API'),
  cluster: word("Cluster, '' for all"),
  namespace: word("Namespace, '' for all"),
  service: word("Service, '' for all"),
  from: time('From when'),
  to: time('Until when'),
  reason: text('What is done'),
  deleted: uint8('1 when it was withdrawn'),
  updated_by: text('Who wrote it'),
  updated_at: time('When'),
});
export type MaintenanceRow = Static<typeof MaintenanceRow>;
export const maintenanceTable = table('maintenance_windows_versions', MaintenanceRow);
