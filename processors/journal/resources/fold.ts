import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { CreateFold } from '../fold.ts';
import { NO_LABELS } from '../objects/labels.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { autoscalerSpans } from './autoscalers.ts';
import type { Desk } from './desk.ts';
import { createIndexes } from './indexes.ts';
import { nodeSpans } from './nodes.ts';
import { gpuMatcher, resourceOptions } from './options.ts';
import type { ResourceOptions } from './options.ts';
import { createResourcesOf } from './pod-resources.ts';
import { podSpans } from './pods.ts';
import { applySpan } from './spans.ts';
import { applyWorkload } from './workloads.ts';

/** Rises when the same entries give other rows. */
export const RESOURCES_VERSION = 1;
/** A group of its own: it begins where the journal does, also where others have been folding it for long. */
export const RESOURCES_GROUP = 'resources';

/**
 * The resources fold: what pods ask for and may use, what nodes have to give and between what autoscalers scale, each from when to
 * when. Kept are the newest row of each, who stands over Jobs and unusual ReplicaSets, and what the labels of workloads say.
 */
export const createResourcesFold =
  (options: ResourceOptions = resourceOptions(), labels: LabelOptions = NO_LABELS): CreateFold =>
  (cluster) => {
    let indexes = createIndexes();
    const isGpu = gpuMatcher(options);
    const resourcesOf = createResourcesOf(isGpu);
    return {
      name: 'resources',
      restore(state) {
        indexes = createIndexes();
        indexes.rebuild(state);
      },
      apply(entry, context) {
        const desk: Desk = { cluster, labels, indexes, context, now: fromTime(entry.observed_at), resourcesOf, isGpu };
        applyEntry(desk, entry);
        for (const key of indexes.due(desk.now)) {
          context.state.delete(key);
          indexes.drop(key);
        }
      },
    };
  };

function applyEntry(desk: Desk, entry: Entry): void {
  switch (entry.kind) {
    case 'pod':
      return applySpan(desk, podSpans, entry);
    case 'node':
      return applySpan(desk, nodeSpans, entry);
    case 'hpa':
      return applySpan(desk, autoscalerSpans, entry);
    case 'workload':
      return applyWorkload(desk, entry);
    default:
  }
}
