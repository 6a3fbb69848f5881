import type { CoverageObject } from '../../../schemas/objects.ts';
import type { FoldState } from '../fold.ts';
import { UNREADABLE_KEY } from './state.ts';

const RESOURCES: Readonly<Record<string, string>> = {
  Deployment: 'workload/deployments',
  StatefulSet: 'workload/statefulsets',
  DaemonSet: 'workload/daemonsets',
};

/** Whether workloads of this kind cannot be read where this one lies, so that its pods have to tell of it. */
export function isUnreadable(state: FoldState, kind: string, namespace: string): boolean {
  const resource = RESOURCES[kind];
  const known = state.get<string[]>(UNREADABLE_KEY);
  return known !== undefined && (known.includes(`${resource}/`) || known.includes(`${resource}/${namespace}`));
}

/** @returns the kind that has become unreadable with this entry, or null. */
export function takeCoverage(state: FoldState, coverage: Partial<CoverageObject>): string | null {
  const kind = Object.keys(RESOURCES).find((own) => RESOURCES[own] === coverage.kind);
  if (!kind) return null;
  const name = `${coverage.kind}/${coverage.namespace ?? ''}`;
  const known = state.get<string[]>(UNREADABLE_KEY) ?? [];
  const unreadable = coverage.state === 'unreadable';
  if (known.includes(name) === unreadable) return null;
  const after = unreadable ? [...known, name].sort() : known.filter((own) => own !== name);
  state.set(UNREADABLE_KEY, after);
  return unreadable ? kind : null;
}
