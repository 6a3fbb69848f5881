import type { Cause, OutageRow, ServiceRow } from '../../../schemas/outages.ts';
import type { RolloutRow } from '../../../schemas/rollouts.ts';
import type { Owner } from '../objects/owners.ts';
import type { SignKind } from '../objects/signs.ts';

/** Rows as the fold writes them; the runtime adds the version. */
export type Row = Omit<OutageRow, 'version'>;
export type ServiceOwnRow = Omit<ServiceRow, 'version'>;

/** An endpoint counts as ready, or as one that still serves while it is being terminated. */
export const READY = 1;
export const SERVING = 2;

/** `id`: the pod's uid, or what else tells endpoints apart; `name`: the pod's, or ''. */
export type Endpoint = readonly [id: string, name: string, flags: number];

/** An EndpointSlice, whoever manages it. */
export interface SliceState {
  namespace: string;
  service: string;
  endpoints: Endpoint[];
  /** Names of its ports; '' for an unnamed one. */
  ports: string[];
}

/** A container of a pod that ended abnormally. */
export interface Death {
  id: string;
  at: number;
  container: string;
  reason: string;
  exit_code: number | null;
}

/** What keeps a pod from running. */
export interface Sign {
  kind: SignKind;
  reason: string;
  message: string;
  since: number;
}

export interface PodState {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** Absent where nobody replaces it. */
  owner?: Owner;
  node: string;
  created: number;
  ready?: true;
  /** When Ready last changed, as the pod says: whole seconds. */
  ready_at?: number;
  deleted_at?: number;
  over?: 'Succeeded' | 'Failed';
  /** Why it was ended: Evicted, Preempted, DeletionByTaintManager, ... */
  end?: { reason: string; message: string; at: number };
  sign?: Sign;
  deaths?: Death[];
  /** exceptions.id of its stuck spells. */
  stuck?: string[];
  /** Gone since; kept for a while, for what comes late. */
  gone?: number;
}

export interface WorkloadState {
  kind: string;
  namespace: string;
  name: string;
  /** Labels of the pods that it makes. */
  labels: Record<string, string>;
  replicas: number;
  team: string;
  environment: string;
  /** Of a DaemonSet: the nodes that come and go do not change its spec. */
  generation?: number;
  /** When fewer, or none, were last asked for. */
  scaled?: { from: number; to: number; at: number };
  /** Why its pods cannot be made: a quota, an admission. */
  refused?: { reason: string; message: string; at: number };
  gone?: number;
}

/** A rollout of whoever stands behind services, as its row says. `stands`: since when it is paused or held. */
export type RolloutState = Pick<
  RolloutRow,
  'id' | 'namespace' | 'workload_kind' | 'workload' | 'services' | 'revision' | 'outcome' | 'reason' | 'exceptions'
> & { started: number; earliest: number; finished: number | null; images: string; stands?: number };

/** A node that is not ready, takes no pods, or is gone. Times in milliseconds. */
export interface NodeState {
  away?: number;
  /** When its kubelet was last heard of. */
  heard?: number;
  /** When it was first seen to take none. */
  cordoned?: number;
  gone?: number;
}

/** Why a pod left, or cannot come. */
export interface Why {
  cause: Cause;
  /** Words and numbers for a sentence. */
  detail: Record<string, string | number>;
  rollout?: string;
  exceptions?: string[];
  node?: string;
  planned?: true;
}

/** Found of a pod; '' where the pods cannot even be made. */
export interface Obstacle extends Why {
  uid: string;
  since: number;
  /** When the pod got past it. */
  until?: number;
}

/** An endpoint that stopped being ready. */
export interface Lost {
  id: string;
  name: string;
  /** The slice in which it was ready. */
  slice: string;
  seen: number;
  /** When, as its pod says. */
  told?: number;
  /** When at the earliest, where its node was lost. */
  earliest?: number;
  why?: Why;
}

/** One end of an interval. */
export interface Change {
  seen: number;
  /** What was seen before holds until here. */
  floor: number;
  /** What the pods say of an older time is about something else; by default `floor`. */
  after?: number;
  /** The watch was cut since then. */
  cut?: number;
  /** When the pods say that it was. */
  told?: number;
  earliest?: number;
  /** `told` is that of the interval before or after, which ended or began with it. */
  lent?: true;
}

export interface IntervalRecord {
  row: Row;
  began: Change;
  ended?: Change;
  /** Endpoints by whose loss it began; the first have left last. */
  lost: Lost[];
  /** Endpoints that ended it, and the slice in which they are. */
  gained?: { ids: string[]; slice: string };
  /** More have left than are kept. */
  more?: true;
  /** What keeps others from coming in their place. */
  obstacle?: Obstacle;
  /** Why nothing is wanted any more, or which rollout failed or lost the port, once that is known. */
  begun?: Why;
  /** It was so when the recording began. */
  unseen?: true;
  /** Off may have begun as its pods were seen leaving, before it was told that nothing is wanted. */
  since?: Change;
  /** The selector had just been changed. */
  reselected?: true;
  /** It began and ended within one list. */
  listed?: true;
}

export interface ServiceRecord {
  row: ServiceOwnRow;
  selector: Record<string, string>;
  /** When the selector was last changed. */
  reselected?: number;
  /** What its own labels say; what stands behind it says the rest. */
  own: { team: string; environment: string };
  /** Ready or not, its pods are published: their own condition decides. */
  publishes_all?: true;
  /** Those of `publishes_all` that are ready. */
  members?: string[];
  ports: string[];
  /** Those that were added lately: they are waited for. `missed`: since when others have been offered without. */
  added?: Record<string, { until: number; missed?: number }>;
  /** It was seen being made, and has not been judged yet. */
  made?: true;
  /** The lists have told of it and of what stands behind it. */
  judged?: true;
  /** Nobody is known to stand behind it: its endpoints are what is wanted. */
  by_endpoints?: true;
  /** How many are missed if they are not ready; fewer than wanted while more are being started. */
  expected: number;
  /** More is wanted than is expected: how many since when, rising. */
  rises?: [wanted: number, at: number][];
  /** How many had been expected until when, falling; for a minute. */
  falls?: [expected: number, at: number][];
  serving: number;
  /** The end of the newest interval cannot be before. */
  floor: number;
  /** Lost since all that are expected were ready; `lost_more`: more of them than are kept. */
  lost?: Lost[];
  lost_more?: true;
  open?: IntervalRecord[];
  lately?: IntervalRecord[];
  /** Intervals so far. */
  intervals: number;
}

export const SERVICE_PREFIX = 'service/';
export const serviceKey = (uid: string): string => `${SERVICE_PREFIX}${uid}`;
export const sliceKey = (uid: string): string => `slice/${uid}`;
export const podKey = (uid: string): string => `pod/${uid}`;
export const workloadKey = (uid: string): string => `workload/${uid}`;
export const rolloutKey = (id: string): string => `rollout/${id}`;
export const nodeKey = (name: string): string => `node/${name}`;
/** How many pods a controller without entries of its own had, where there are fewer for a moment. */
export const groupKey = (target: string): string => `group/${target}`;
/** A kind whose list is complete, in a namespace or in all. */
export const toldKey = (kind: string, namespace: string): string => `told/${kind}/${namespace}`;
