import type { WorkloadObject } from '../../../schemas/objects.ts';
import type { Progress } from './progress.ts';
import { count, isObserved, patienceOf, record, specOf, statusOf, word, WAITS_FOR_DELETION } from './progress.ts';
import type { Standing } from './state.ts';

/**
 * A StatefulSet's progress. With a partition the controller updates the pods from there on and stands; with OnDelete a person
 * deletes them, and the controller never moves `currentRevision`.
 */
export function statefulSetProgress(object: WorkloadObject): Progress {
  const spec = specOf(object);
  const status = statusOf(object);
  const strategy = record(spec['updateStrategy']);
  const onDelete = strategy['type'] === 'OnDelete';
  const partition = count(record(strategy['rollingUpdate']), 'partition');
  const wanted = count(spec, 'replicas', 1);
  const updated = count(status, 'updatedReplicas');
  const total = count(status, 'replicas');
  // Before Kubernetes 1.22 there was no count of the available ones.
  const available = count(status, 'availableReplicas', count(status, 'readyReplicas'));
  const observed = isObserved(object);
  const moved = onDelete || word(status, 'currentRevision') === word(status, 'updateRevision');
  const complete = observed && moved && updated === wanted && total === wanted && available === wanted;
  const done = updated >= Math.max(0, wanted - partition) && available >= wanted;
  let standing: Standing | null = null;
  if (observed && !complete && onDelete) standing = { outcome: 'held', reason: WAITS_FOR_DELETION };
  else if (observed && !complete && partition > 0 && done)
    standing = { outcome: 'held', reason: `held by its partition of ${partition}` };
  return {
    observed,
    wanted,
    updated,
    total,
    available,
    complete,
    standing,
    exceeded: null,
    underway: onDelete ? total > updated : !moved,
    finished: null,
    patience: patienceOf(object),
    revision: observed ? word(status, 'updateRevision') : '',
  };
}
