/**
 * The projections a journal entry's `object` carries. Kubernetes' own field names and nesting, pruned to what some fold,
 * check or analyst reads. All fields are optional: an API server may leave any of them out, and a fold must stand that.
 * Never in here: environment values, secrets, config map data, annotations beyond the allow-list.
 */
import Type, { type Static } from 'typebox';
import { Time } from './column.ts';

export interface OwnerReference {
  apiVersion?: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
}

export interface ObjectMeta {
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: { manager?: string; operation?: string; time?: string; subresource?: string }[];
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  /** Of a node's condition: when its kubelet last spoke. */
  lastHeartbeatTime?: string;
  observedGeneration?: number;
}

export interface TerminatedState {
  exitCode?: number;
  signal?: number;
  reason?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  containerID?: string;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: TerminatedState;
}

/** Quantities by resource, as Kubernetes writes them: `{"cpu": "100m"}`. */
export type ResourceList = Record<string, string>;

export interface ResourceRequirements {
  requests?: ResourceList;
  limits?: ResourceList;
}

export interface ContainerStatus {
  name: string;
  image?: string;
  imageID?: string;
  containerID?: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
  /** What is in force, and what a resize in place was granted. */
  resources?: ResourceRequirements;
  allocatedResources?: ResourceList;
}

/** A container as a pod's spec has it. `envHash` is a keyed hash for each variable: a change shows, the value never does. */
export interface ContainerSpec {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
  resources?: ResourceRequirements;
  ports?: { name?: string; containerPort?: number; protocol?: string }[];
  livenessProbe?: Record<string, unknown>;
  readinessProbe?: Record<string, unknown>;
  startupProbe?: Record<string, unknown>;
  envHash?: Record<string, string>;
  [other: string]: unknown;
}

export interface PodSpec {
  nodeName?: string;
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  priority?: number;
  priorityClassName?: string;
  containers?: ContainerSpec[];
  initContainers?: ContainerSpec[];
  ephemeralContainers?: ContainerSpec[];
  /** Of the pod as a whole. */
  resources?: ResourceRequirements;
  overhead?: ResourceList;
  [other: string]: unknown;
}

export interface PodObject {
  metadata?: ObjectMeta;
  spec?: PodSpec;
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    startTime?: string;
    podIP?: string;
    qosClass?: string;
    nominatedNodeName?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    ephemeralContainerStatuses?: ContainerStatus[];
    resources?: ResourceRequirements;
    allocatedResources?: ResourceList;
    /** Before Kubernetes 1.33; later a condition PodResizePending. */
    resize?: string;
  };
}

/** A Deployment, ReplicaSet, StatefulSet, DaemonSet, ControllerRevision, Job or CronJob; `kind` says which. */
export interface WorkloadObject {
  apiVersion?: string;
  kind: string;
  metadata?: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: { conditions?: Condition[]; [other: string]: unknown };
}

export interface ServiceObject {
  metadata?: ObjectMeta;
  spec?: {
    selector?: Record<string, string>;
    type?: string;
    clusterIP?: string;
    publishNotReadyAddresses?: boolean;
    ports?: { name?: string; port?: number; protocol?: string }[];
    [other: string]: unknown;
  };
}

export interface EndpointSliceObject {
  metadata?: ObjectMeta;
  addressType?: string;
  endpoints?: {
    addresses?: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    hostname?: string;
    nodeName?: string;
    zone?: string;
    targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
  }[];
  ports?: { name?: string; port?: number; protocol?: string; appProtocol?: string }[];
}

export interface NodeObject {
  metadata?: ObjectMeta;
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string; timeAdded?: string }[] };
  status?: { conditions?: Condition[]; allocatable?: ResourceList; [other: string]: unknown };
}

/** An autoscaling/v2 HorizontalPodAutoscaler, or one of v1. */
export interface AutoscalerObject {
  metadata?: ObjectMeta;
  spec?: {
    scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string };
    minReplicas?: number;
    maxReplicas?: number;
    targetCPUUtilizationPercentage?: number;
    metrics?: unknown[];
    [other: string]: unknown;
  };
}

/** A core/v1 Event. */
export interface EventObject {
  metadata?: ObjectMeta;
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string; fieldPath?: string };
  reason?: string;
  message?: string;
  type?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  eventTime?: string;
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  series?: { count?: number; lastObservedTime?: string };
}

export const CONTAINER_KINDS = ['app', 'init', 'sidecar', 'ephemeral'] as const;
export type ContainerKind = (typeof CONTAINER_KINDS)[number];

/** What became of a dead container's log. `pending` stands in a row until the agent has answered. */
export const LOG_STATUSES = [
  'pending',
  'caught',
  'empty',
  'gone',
  'denied',
  'timeout',
  'budget',
  'mismatch',
  'none',
] as const;
export type LogStatus = (typeof LOG_STATUSES)[number];

/** A dead instance's log, caught (or not) by the agent. `ordinal` counts the container's deaths from 0, as the kubelet's restartCount does. */
export const LogObject = Type.Object({
  pod_uid: Type.String(),
  container: Type.String(),
  container_kind: Type.Enum(CONTAINER_KINDS),
  ordinal: Type.Integer({ minimum: 0 }),
  container_id: Type.String(),
  started_at: Type.Union([Time, Type.Null()]),
  finished_at: Type.Union([Time, Type.Null()]),
  status: Type.Enum(LOG_STATUSES),
  detail: Type.String({ description: 'why it could not be caught, in words; empty when caught' }),
  text: Type.String({ description: 'redacted, each line with its RFC 3339 timestamp; empty unless caught' }),
  lines: Type.Integer({ minimum: 0 }),
  bytes: Type.Integer({ minimum: 0 }),
  truncated: Type.Boolean(),
  redactions: Type.Integer({ minimum: 0 }),
});
export type LogObject = Static<typeof LogObject>;

/**
 * How one kind (in one namespace, or in all: '') was watched. `watching`: from `from` on. `late`: between `from` and `to`
 * the watch was cut but resumed from its version, nothing is lost. `gap`: relisted; what came and went between is unknown.
 * `unreadable`: the agent may not list or watch it. `closed`: the agent stopped in good order at `from`.
 */
export const COVERAGE_STATES = ['watching', 'late', 'gap', 'unreadable', 'closed'] as const;
export const CoverageObject = Type.Object({
  kind: Type.String({ description: 'one of OBJECT_KINDS, or the API resource for workloads: workload/deployments' }),
  namespace: Type.String({ description: "'' for all" }),
  state: Type.Enum(COVERAGE_STATES),
  from: Time,
  to: Type.Union([Time, Type.Null()]),
  reason: Type.String(),
  vanished: Type.Integer({ minimum: 0, description: 'objects that the relist did not find any more' }),
});
export type CoverageObject = Static<typeof CoverageObject>;

/** Stands for the namespaces that a heartbeat does not name: no namespace can be called so. */
export const REST_NAMESPACE = '*';

/** The agent's proof of life, every 10 s. */
export const HeartbeatObject = Type.Object({
  agent_version: Type.String(),
  identity: Type.String(),
  started_at: Time,
  kinds: Type.Array(
    Type.Object({
      kind: Type.String(),
      namespace: Type.String({
        description: "'' for all; '*' for the namespaces of this kind and state that are not named",
      }),
      state: Type.Enum(COVERAGE_STATES),
      last_proof_at: Type.Union([Time, Type.Null()], { description: "of '*' the earliest" }),
      objects: Type.Integer({ minimum: 0 }),
      namespaces: Type.Optional(Type.Integer({ minimum: 1, description: "how many '*' stands for" })),
    }),
  ),
  local_log: Type.Object({ first: Type.Integer(), next: Type.Integer(), bytes: Type.Integer() }),
  counters: Type.Record(Type.String(), Type.Number()),
});
export type HeartbeatObject = Static<typeof HeartbeatObject>;

/** What the agent itself could not read, such as a line of a watch: kept, without what may be secret. */
export const DeadLetterObject = Type.Object({
  reason: Type.String({
    description: 'watch_line_not_json, watch_line_too_long, watch_line_not_event, watch_line_truncated',
  }),
  message: Type.String(),
  value: Type.String({ description: 'its first 4,096 characters, redacted' }),
});
export type DeadLetterObject = Static<typeof DeadLetterObject>;
