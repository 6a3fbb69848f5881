import type { WorkloadObject } from '../../../schemas/objects.ts';
import type { Progress } from './progress.ts';
import { count, isObserved, patienceOf, record, specOf, statusOf, WAITS_FOR_DELETION } from './progress.ts';

/** Of the API's first version; the server still counts a DaemonSet's templates here. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** A DaemonSet's progress: the node decides how many are wanted, so a new node is no rollout. */
export function daemonSetProgress(object: WorkloadObject): Progress {
  const status = statusOf(object);
  const wanted = count(status, 'desiredNumberScheduled');
  const updated = count(status, 'updatedNumberScheduled');
  const total = count(status, 'currentNumberScheduled');
  const available = count(status, 'numberAvailable');
  const observed = isObserved(object);
  const complete = observed && updated >= wanted && available >= wanted;
  const onDelete = record(specOf(object)['updateStrategy'])['type'] === 'OnDelete';
  return {
    observed,
    wanted,
    updated,
    total,
    available,
    complete,
    standing: onDelete && observed && !complete ? { outcome: 'held', reason: WAITS_FOR_DELETION } : null,
    exceeded: null,
    underway: total > updated,
    finished: null,
    patience: patienceOf(object),
    revision: object.metadata?.annotations?.[TEMPLATE_GENERATION] ?? '',
  };
}
