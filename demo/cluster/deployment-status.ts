import type { Condition } from '../../schemas/objects.ts';
import { setCondition, type RunningPod } from './pod-object.ts';
import { alive, availableOf, readyOf, replicaFailure, type ReplicaSetRun, type Workload } from './replica-sets.ts';

export const PROGRESS_DEADLINE_MS = 600_000;

/** What its controller knows of a Deployment. Times in milliseconds. */
export interface Standing {
  readonly sets: readonly ReplicaSetRun[];
  /** Of the wanted template; none while a paused one has not been acted on. */
  readonly newest: ReplicaSetRun | undefined;
  readonly wanted: number;
  readonly mayMiss: number;
  readonly paused: boolean;
  readonly progressedAt: number;
  readonly now: number;
}

/** Writes the status as the deployment controller words it. Answers whether all that is wanted is there. */
export function wordStatus(object: Workload, standing: Standing): boolean {
  const { sets, newest, wanted, mayMiss, now } = standing;
  const pods = sets.flatMap((set) => [...set.pods]).filter(alive);
  const available = availableOf(pods, now);
  const updated = newest ? [...newest.pods].filter(alive).length : 0;
  const complete = updated === wanted && available >= wanted && pods.length === wanted;
  const conditions = (object.status['conditions'] as Condition[]).filter(({ type }) => type !== 'ReplicaFailure');
  setCondition(conditions, availability(available >= wanted - mayMiss), now);
  setCondition(conditions, { type: 'Progressing', ...progress(standing, complete) }, now);
  const refused = sets.find((set) => set.refused !== undefined);
  if (refused) conditions.push(replicaFailure(refused, now));
  object.status = {
    observedGeneration: object.metadata.generation ?? 1,
    replicas: pods.length,
    updatedReplicas: updated,
    readyReplicas: readyOf(pods),
    availableReplicas: available,
    ...(available < wanted ? { unavailableReplicas: wanted - available } : {}),
    conditions,
  };
  return complete;
}

const availability = (enough: boolean): Condition =>
  enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };

function progress({ newest, paused, progressedAt, now }: Standing, complete: boolean) {
  if (paused) return { status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
  const set = `ReplicaSet "${newest?.object.metadata.name ?? ''}"`;
  if (complete) {
    return { status: 'True', reason: 'NewReplicaSetAvailable', message: `${set} has successfully progressed.` };
  }
  return now - progressedAt >= PROGRESS_DEADLINE_MS
    ? { status: 'False', reason: 'ProgressDeadlineExceeded', message: `${set} has timed out progressing.` }
    : { status: 'True', reason: 'ReplicaSetUpdated', message: `${set} is progressing.` };
}

/** All live pods of a Deployment. */
export const podsOf = (sets: readonly ReplicaSetRun[]): RunningPod[] => sets.flatMap((set) => [...set.pods]);
