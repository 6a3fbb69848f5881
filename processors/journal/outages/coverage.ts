import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { CoverageObject } from '../../../schemas/objects.ts';
import { millis } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { heldUntil } from './desk.ts';
import type { ServiceRecord } from './state.ts';
import { toldKey } from './state.ts';

/** What says how a service is and how it should be. */
const KINDS: readonly string[] = [
  'service',
  'endpointslice',
  'pod',
  'workload/deployments',
  'workload/statefulsets',
  'workload/daemonsets',
  'workload/replicasets',
];

/** Whether the first lists of all that decides have come, or nobody waits for them any more. */
export function isTold(desk: Desk, service: ServiceRecord): boolean {
  const { state } = desk.context;
  const { namespace } = service.row;
  if (desk.now >= heldUntil(service)) return true;
  return KINDS.every((kind) => state.get(toldKey(kind, '')) ?? state.get(toldKey(kind, namespace)));
}

/** A cut of the watch by which bounds widen. */
export interface Cut {
  namespace: string;
  from: number;
  /** When the list was made that followed; null where the watch went on. */
  listedAt: number | null;
  /** What it is about: all, what the pods decide, or how many are wanted, which decides whether a service is off. */
  of: 'all' | 'pods' | 'off';
}

/** What a coverage entry tells: that a kind's list is complete, or that its watch was cut. */
export function takeCoverage(desk: Desk, entry: Entry): { namespace: string; isNew: boolean; cut: Cut | null } | null {
  const { kind, namespace, state, from, to } = entry.object as CoverageObject;
  if (!KINDS.includes(kind)) return null;
  const key = toldKey(kind, namespace);
  const isNew = desk.context.state.get(key) === undefined;
  if (isNew) desk.context.state.set(key, true);
  const since = millis(from);
  const isCut = (state === 'late' || state === 'gap') && to !== null && since !== null;
  const cut: Cut | null = isCut
    ? { namespace, from: since, listedAt: state === 'gap' ? fromTime(to) : null, of: aboutOf(kind) }
    : null;
  return { namespace, isNew, cut };
}

function aboutOf(kind: string): Cut['of'] {
  if (kind === 'service' || kind === 'endpointslice') return 'all';
  return kind === 'pod' ? 'pods' : 'off';
}
