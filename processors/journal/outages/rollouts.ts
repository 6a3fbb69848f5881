import { fromTime } from '../../../platform/clock.ts';
import type { RolloutRow } from '../../../schemas/rollouts.ts';
import type { RolloutState } from './state.ts';

const SHOWN_IMAGES = 3;

/** What is kept of a rollout's row. */
export const readRollout = (row: RolloutRow, before: RolloutState | undefined, now: number): RolloutState => ({
  id: row.id,
  namespace: row.namespace,
  workload_kind: row.workload_kind,
  workload: row.workload,
  services: row.services,
  revision: row.revision,
  outcome: row.outcome,
  reason: row.reason,
  exceptions: row.exceptions,
  started: fromTime(row.started_at),
  earliest: fromTime(row.started_earliest),
  finished: row.finished_at === null ? null : fromTime(row.finished_at),
  images: newImages(row),
  ...((row.outcome === 'paused' || row.outcome === 'held') && { stands: before?.stands ?? now }),
});

/** The images that it brought, without the registry's name. */
function newImages({ images_before, images_after }: RolloutRow): string {
  const brought = Object.entries(images_after).filter(([container, image]) => images_before[container] !== image);
  return brought
    .slice(0, SHOWN_IMAGES)
    .map(([, image]) => image.slice(image.lastIndexOf('/') + 1))
    .join(', ');
}
