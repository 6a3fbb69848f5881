import type { LimitChange, SizingResource } from '../../schemas/api/sizing.ts';
import type { SizingVerdict } from '../../schemas/api/sizing-parameters.ts';

/** What a text is made of; `verdict` is what it is the reason of, null where it explains a recommendation. */
export interface Reason {
  readonly code: string;
  readonly verdict: SizingVerdict | null;
  readonly resource: SizingResource | null;
  readonly values: Readonly<Record<string, number | string | null>>;
}

/** What one container is to have. */
export interface PartPlan {
  readonly name: string;
  /** Null: as it is. */
  readonly request: number | null;
  /** What `change` sets it to; null else. */
  readonly limit: number | null;
  readonly change: LimitChange;
}

/** What a pod is to have of one resource, in total and by container. */
export interface Plan {
  /** As the scheduler will count it; null: nothing is recommended. */
  readonly request: number | null;
  /** Null: none, or nothing is recommended. */
  readonly limit: number | null;
  readonly change: LimitChange;
  readonly parts: readonly PartPlan[];
  readonly reasons: readonly Reason[];
}

export const NO_PLAN: Plan = { request: null, limit: null, change: 'none', parts: [], reasons: [] };

export const explains = (resource: SizingResource, code: string, values: Reason['values']): Reason => ({
  code,
  verdict: null,
  resource,
  values,
});

/** What the pod's limit comes to, out of those of its containers. */
export function changeOf(parts: readonly PartPlan[]): LimitChange {
  for (const change of ['set', 'remove', 'keep'] as const) {
    if (parts.some((part) => part.change === change)) return change;
  }
  return 'none';
}
