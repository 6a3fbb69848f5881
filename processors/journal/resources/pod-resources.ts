import type { PodResourcesRow } from '../../../schemas/resources.ts';
import type { SET } from '../../../schemas/usage.ts';
import { effectiveResources } from './effective.ts';
import { fieldsOf, listOf } from './fields.ts';
import type { Fields } from './fields.ts';

/** What a pod's object says of its resources, as columns. */
export type PodResources = Pick<PodResourcesRow, (typeof SET)[number] | 'gpu_resource' | 'unreadable' | 'containers'>;
export type ResourcesOf = (object: Fields) => PodResources;

/** Pods of one template say the same, again with each update. */
const REMEMBERED = 10_000;

/** `effectiveResources` of pods, worked out once for each that says something else. */
export function createResourcesOf(isGpu: (resource: string) => boolean): ResourcesOf {
  const remembered = new Map<string, PodResources>();
  return (object) => {
    const told = wordsOf(object);
    const known = remembered.get(told);
    if (known) return known;
    const { containers, ...resources } = effectiveResources(object, isGpu);
    const made = { ...resources, containers: JSON.stringify(containers) };
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(told, made);
    return made;
  };
}

/** All of an object that `effectiveResources` goes by. */
function wordsOf(object: Fields): string {
  const spec = fieldsOf(object['spec']);
  const status = fieldsOf(object['status']);
  const pending = listOf(status['conditions']).find((each) => fieldsOf(each)['type'] === 'PodResizePending');
  return JSON.stringify([
    [spec['resources'], spec['overhead'], status['resources'], status['allocatedResources'], status['resize']],
    pending === undefined ? null : [fieldsOf(pending)['reason']],
    listOf(spec['containers']).map(containerWords),
    listOf(spec['initContainers']).map(containerWords),
    listOf(status['containerStatuses']).map(statusWords),
    listOf(status['initContainerStatuses']).map(statusWords),
  ]);
}

function containerWords(container: unknown): unknown[] {
  const { name, restartPolicy, resources } = fieldsOf(container);
  return [name, restartPolicy, resources];
}

function statusWords(status: unknown): unknown[] {
  const { name, resources, allocatedResources } = fieldsOf(status);
  return [name, resources, allocatedResources];
}
