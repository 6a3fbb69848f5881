import type { RolloutRow } from '../../../schemas/rollouts.ts';
import type { Owner } from '../objects/owners.ts';

/** A row as the fold writes it; the runtime adds the version. */
export type Row = Omit<RolloutRow, 'version'>;

/** Who wrote an object, and when: a manager of its managedFields. */
export type Writer = readonly [manager: string, at: number];

/** What made a rollout fail; `id` is that of an exception, '' for a deadline. */
export interface Failure {
  id: string;
  at: number;
  reason: string;
}

export interface Standing {
  outcome: 'paused' | 'held';
  reason: string;
}

/** A rollout whose row can still change. `row` is what was written last. */
export interface RolloutRecord {
  row: Row;
  /** The new template's labels: services are matched by them. */
  labels: Record<string, string>;
  /** What its pods carry as hash; '' until the controller has told. */
  hash: string;
  /** When it last got on, and how many old pods there were then. */
  progress: number;
  old: number;
  /** Where a deadline of ours holds: what a pod needs before it counts, in milliseconds. */
  patience?: number;
  standing?: Standing;
  /** What it waits for that is not its fault, in words. */
  waits?: string;
  failures?: Failure[];
  /** `seen`: when that was known. */
  end?: { outcome: 'completed' | 'superseded' | 'rolled-back'; reason: string; seen: number };
  /** Of one that was not seen beginning: who may have begun it. */
  writers?: Writer[];
}

/** The newest ReplicaSet or ControllerRevision of a workload. */
export interface Revision {
  number: number;
  hash: string;
  created: number | null;
  /** Mark of its template, '' for a ControllerRevision. */
  mark: string;
}

/**
 * One workload: under `workload/<uid>` with its own entries, under `group/...` by its pods alone. At rest it is its template as
 * flat text and the marks of earlier ones.
 */
export interface WorkloadState {
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  /** Followed by its pods alone. */
  byPods?: true;
  /** `metadata.generation`; by its pods: how many rollouts it has had. */
  generation: number;
  template: string;
  /** When it was last written by somebody other than its controller. */
  wrote: number;
  /** Revision of the template as the controller names it; '' until it is known. */
  revision: string;
  /** What pods of `revision` carry as hash, and the number of that ReplicaSet or ControllerRevision. */
  hash: string;
  number: number;
  newest?: Revision;
  /** Marks of the templates that it has had, the last one now, with the rollouts that brought them. */
  past: [mark: string, rollout: string][];
  /** First seen while its controller had not yet looked at it. */
  undecided?: true;
  open?: RolloutRecord;
  /** Those that ended a while ago at most: deaths of their time may still come. */
  lately?: RolloutRecord[];
  /** By its pods: when they are looked at, after a list has told of some, or when there were none. */
  look?: number;
  /** How many pods it had, and since when there are fewer. */
  size?: number;
  shrunk?: number;
}

/** A pod that carries a template's hash, under `pod/<uid>`. */
export interface PodRecord {
  namespace: string;
  name: string;
  owner: Owner;
  hash: string;
  created: number;
  node: string;
  /** When its deletion was asked for, and when a disruption of it began (an eviction, a preemption). */
  deleted_at?: number;
  disrupted_at?: number;
  /** Of pods by which an unknown controller is followed: ready since when, what their containers are. */
  ready?: number;
  template?: string;
  labels?: Record<string, string>;
}

export const WORKLOAD_PREFIX = 'workload/';
export const workloadKey = (uid: string): string => `${WORKLOAD_PREFIX}${uid}`;
export const groupKey = (target: string): string => `group/${target}`;
export const podKey = (uid: string): string => `pod/${uid}`;
/** The newest ReplicaSet or ControllerRevision of a workload that has not been told of yet. */
export const revisionKey = (workload: string): string => `revision/${workload}`;
/** A ReplicaSet whose owner its name does not tell. */
export const replicaSetKey = (uid: string): string => `rs/${uid}`;
export const serviceKey = (uid: string): string => `service/${uid}`;
/** Since when a node is not ready; a ready one has no state. */
export const nodeKey = (name: string): string => `node/${name}`;
export const FIRST_SEEN_KEY = 'first-seen';
/** `resource/namespace` of the workload kinds that may not be read. */
export const UNREADABLE_KEY = 'unreadable';
