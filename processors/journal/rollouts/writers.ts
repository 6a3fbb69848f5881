import type { ObjectMeta } from '../../../schemas/objects.ts';
import { millis } from '../objects/times.ts';
import type { Writer } from './state.ts';

/** Kubernetes' own controllers: they write revisions, status and what a scaler asks for, never a template of their own will. */
const CONTROLLERS = new Set(['kube-controller-manager']);
const SECOND_MS = 1000;

/**
 * Who has written the object itself, oldest first. A subresource (status, scale) holds no template. Times are whole seconds: the
 * write came within the second that follows. Empty where the API server tells no managers.
 */
export function writersOf(metadata: ObjectMeta | undefined): Writer[] {
  const writers: Writer[] = [];
  for (const { manager, time, subresource } of metadata?.managedFields ?? []) {
    const at = millis(time);
    if (manager && at !== null && !subresource && !CONTROLLERS.has(manager)) writers.push([manager, at]);
  }
  return writers.sort(([, a], [, b]) => a - b);
}

/** The newest writer that wrote at `after` or later and, where that is known, before its work was seen. */
export function writerBetween(writers: readonly Writer[], after: number, by: number | null): Writer | null {
  return writers.findLast(([, at]) => at >= after && (by === null || at < by + SECOND_MS)) ?? null;
}
