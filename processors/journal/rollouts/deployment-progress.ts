import type { Condition, WorkloadObject } from '../../../schemas/objects.ts';
import { shortMessage } from '../objects/messages.ts';
import { millis } from '../objects/times.ts';
import type { Progress } from './progress.ts';
import { count, isObserved, specOf, statusOf } from './progress.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const COMPLETE_ONCE = 'NewReplicaSetAvailable';
const UNDER_WAY = new Set([
  'NewReplicaSetCreated',
  'FoundNewReplicaSet',
  'ReplicaSetUpdated',
  'ReplicaSetCreateError',
  'ProgressDeadlineExceeded',
]);

type ProgressCondition = Condition & { lastUpdateTime?: string };

/**
 * A Deployment's progress, by the rules of its controller (DeploymentComplete in pkg/controller/deployment/util): updated, all and
 * available replicas are as many as are wanted. Its condition `Progressing` keeps saying NewReplicaSetAvailable when pods fail
 * later; that tells a rollout from pods that merely fail.
 */
export function deploymentProgress(object: WorkloadObject): Progress {
  const status = statusOf(object);
  const wanted = count(specOf(object), 'replicas', 1);
  const updated = count(status, 'updatedReplicas');
  const total = count(status, 'replicas');
  const available = count(status, 'availableReplicas');
  const observed = isObserved(object);
  const paused = specOf(object)['paused'] === true;
  const condition = object.status?.conditions?.find(({ type }) => type === 'Progressing');
  // Of a paused one that wants no pods, nothing tells whether its template has been acted on.
  const complete =
    observed && updated === wanted && total === wanted && available === wanted && !(paused && wanted === 0);
  return {
    observed,
    wanted,
    updated,
    total,
    available,
    complete,
    standing: paused && !complete ? { outcome: 'paused', reason: 'paused' } : null,
    exceeded: observed ? exceededBy(condition) : null,
    underway: !complete && (total > updated || (!paused && UNDER_WAY.has(condition?.reason ?? ''))),
    finished: condition?.reason === COMPLETE_ONCE ? updatedAt(condition) : null,
    patience: null,
    revision: object.metadata?.annotations?.[REVISION] ?? '',
  };
}

const updatedAt = (condition: ProgressCondition): number | null =>
  millis(condition.lastUpdateTime ?? condition.lastTransitionTime);

function exceededBy(condition: ProgressCondition | undefined): Progress['exceeded'] {
  if (condition?.status !== 'False' || condition.reason !== 'ProgressDeadlineExceeded') return null;
  return { at: updatedAt(condition), reason: shortMessage(condition.message) || 'its progress deadline was exceeded' };
}
