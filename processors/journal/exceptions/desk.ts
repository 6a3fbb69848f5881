import { exceptionsTable } from '../../../schemas/exceptions.ts';
import type { FoldContext } from '../fold.ts';
import type { ExceptionOptions } from './options.ts';
import type { RuleFacts, Verdict } from './rules.ts';
import type { ServiceIndex } from '../objects/services.ts';
import type { PodState, Row } from './state.ts';

/** What the parts of the fold share while one entry is applied. `now` is the entry's `observed_at`. */
export interface Desk {
  readonly cluster: string;
  readonly options: ExceptionOptions;
  readonly verdict: (facts: RuleFacts) => Verdict;
  readonly services: ServiceIndex;
  readonly context: FoldContext;
  readonly now: number;
  /** The first `observed_at` of this journal. */
  readonly firstSeen: number;
}

/** A copy, since what has been written is not changed any more. */
export function writeRow(desk: Desk, row: Row): void {
  const written = { ...row };
  desk.context.emit(exceptionsTable, row.id, written);
  desk.context.publish('exception', row.id, written);
}

/** Writes a row if it differs from what it was. */
export function writeChanged(desk: Desk, before: string, row: Row): void {
  if (JSON.stringify(row) !== before) writeRow(desk, row);
}

/** What the rules ask, as far as the pod and the moment tell it; a row of its own kind says the rest. */
export const podFacts = (desk: Desk, pod: PodState): Omit<RuleFacts, 'row'> => ({
  finished: null,
  seen: desk.now,
  created: pod.created,
  firstSeen: desk.firstSeen,
  listed: false,
  job: pod.job ?? false,
  runsOnce: false,
  mainEnded: false,
  deletedAt: pod.deleted_at ?? null,
  disrupted: pod.disrupted ?? false,
  logUnavailable: false,
});

/** A row about a pod, with everything that its parts have in common. */
export function blankRow(desk: Desk, podUid: string, pod: PodState, type: Row['type'], observedAt: string): Row {
  return {
    id: '',
    type,
    cluster: desk.cluster,
    namespace: pod.namespace,
    pod: pod.name,
    pod_uid: podUid,
    node: pod.node,
    container: '',
    container_kind: '',
    container_id: '',
    workload_kind: pod.workload[0],
    workload: pod.workload[1],
    services: desk.services.matching(pod.namespace, pod.labels),
    reason: '',
    exit_code: null,
    signal: '',
    message: '',
    started_at: null,
    finished_at: null,
    observed_at: observedAt,
    restart_count: 0,
    ordinal: 0,
    generation: 0,
    verdict: 'reported',
    rule: '',
    log_status: 'none',
    fingerprint: '',
    hint: '',
    image: '',
  };
}
