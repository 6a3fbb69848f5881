import { ordinalOfLastState } from '../../../schemas/container-status.ts';
import type { ContainerStatus, TerminatedState } from '../../../schemas/objects.ts';
import type { ContainerRecord } from './state.ts';
import { millis } from '../objects/times.ts';

/**
 * Counts a container's deaths from its statuses. The ordinal of a dead instance is restartCount while it is
 * `state.terminated` or stands in `lastState` beside a back-off, and restartCount - 1 in the `lastState` of a running
 * one, of one that is terminated again, and of one that is being created anew (there the kubelet has already counted).
 * The kubelet shows the same instance in several places one after the other; the evidence (container id, or end and exit
 * code) of the last deaths keeps them one. When restartCount falls, the kubelet has lost its count: a new generation.
 */
export interface Death {
  generation: number;
  ordinal: number;
  /** null: that it died is all that is known. */
  terminated: TerminatedState | null;
  /** Deaths before this one that are not listed, because the jump was too large. */
  unlisted: number;
  /** Already accounted for by an earlier entry: it can only add details to a row that lacks them. */
  again: boolean;
}

export interface Observation {
  record: ContainerRecord;
  deaths: Death[];
}

/** Kubernetes counts in 32 bits. */
const MOST_RESTARTS = 2 ** 31 - 1;
export const restartCountOf = ({ restartCount }: Pick<ContainerStatus, 'restartCount'>): number =>
  Math.min(MOST_RESTARTS, Math.max(0, restartCount ?? 0));

/** A restartCount that jumps by more than this (a corrupt status) does not become that many rows. */
const MAX_UNKNOWN = 1000;
const KEPT_EVIDENCE = 3;
/** Of an instance that tells of a lost count, and is known only so that it tells of it once. */
const NO_ORDINAL = -1;

export const newRecord = (): ContainerRecord => ({ rc: 0, next: 0, generation: 0, started: null, seen: [] });

/** Nothing is known of it beyond what a new record says, so it need not be kept. */
export const isNew = (record: ContainerRecord): boolean =>
  record.rc === 0 && record.next === 0 && record.generation === 0;

function evidenceOf(terminated: TerminatedState): string {
  if (terminated.containerID) return terminated.containerID;
  return millis(terminated.finishedAt) === null ? '' : `${terminated.finishedAt}/${terminated.exitCode ?? ''}`;
}

const instanceStart = (status: ContainerStatus): number | null =>
  millis(status.state?.running?.startedAt ?? status.state?.terminated?.startedAt);

/**
 * @param previous what is known, undefined at first sight
 * @param inFull whether deaths without details count too: not for a pod that was there before the agent
 */
export function observeContainer(
  previous: ContainerRecord | undefined,
  status: ContainerStatus,
  inFull: boolean,
): Observation {
  const record = previous ? { ...previous, seen: [...previous.seen] } : newRecord();
  const deaths: Death[] = [];
  const restarts = restartCountOf(status);
  const started = instanceStart(status);
  const shown = shownDeaths(status, restarts).filter(({ terminated }) => !isSeen(record, terminated));
  const note = (ordinal: number, terminated: TerminatedState | null, unlisted = 0) => {
    const again = ordinal < record.next;
    deaths.push({ generation: record.generation, ordinal, terminated, unlisted, again });
    const evidence = terminated ? evidenceOf(terminated) : '';
    if (evidence) record.seen.push({ generation: record.generation, ordinal, evidence });
  };

  if (restarts < record.rc) {
    if (started !== null && record.started !== null && started <= record.started) return { record, deaths: [] };
    if (record.next <= record.rc) note(record.rc, takeLast(shown, record));
    nextGeneration(record);
  }
  const lost = shown.find((death) => death.ordinal < 0);
  if (lost) {
    const evidence = evidenceOf(lost.terminated);
    if (record.next === 0) note(0, lost.terminated);
    else if (evidence) record.seen.push({ generation: record.generation, ordinal: NO_ORDINAL, evidence });
    if (evidence) nextGeneration(record);
    else record.next = Math.max(record.next, 1);
  }

  const known = new Map(shown.filter((death) => death.ordinal >= 0).map((death) => [death.ordinal, death.terminated]));
  const total = Math.max(restarts, ...[...known.keys()].map((ordinal) => ordinal + 1));
  const from = Math.max(record.next, total - MAX_UNKNOWN);
  for (const [ordinal, terminated] of known) if (ordinal < from) note(ordinal, terminated);
  for (let ordinal = from; ordinal < total; ordinal++) {
    const terminated = known.get(ordinal) ?? null;
    if (terminated || inFull) note(ordinal, terminated, ordinal === from ? from - record.next : 0);
  }
  record.next = Math.max(record.next, total);
  record.rc = restarts;
  record.started = started ?? record.started;
  record.seen = record.seen.slice(-KEPT_EVIDENCE);
  return { record, deaths };
}

/** Whether a status that came late is older than what is known, so that counting on from it would count anew. */
export function isBehind(record: ContainerRecord, status: ContainerStatus): boolean {
  if (restartCountOf(status) < record.rc) return true;
  if (record.started === null) return record.generation > 0;
  const ended = [status.state, status.lastState].map((state) => millis(state?.terminated?.finishedAt));
  return Math.max(instanceStart(status) ?? 0, ...ended.map((at) => at ?? 0)) < record.started;
}

/** The deaths that a status shows of those that are accounted for; none once a count was lost, since it may be of any. */
export function knownDeaths(record: ContainerRecord, status: ContainerStatus): Death[] {
  if (record.generation > 0) return [];
  return shownDeaths(status, restartCountOf(status))
    .filter(({ ordinal }) => ordinal >= 0 && ordinal < record.next)
    .map(({ ordinal, terminated }) => ({ generation: 0, ordinal, terminated, unlisted: 0, again: true }));
}

function nextGeneration(record: ContainerRecord): void {
  record.generation += 1;
  record.next = 0;
  record.rc = 0;
}

const isSeen = (record: ContainerRecord, terminated: TerminatedState): boolean => {
  const evidence = evidenceOf(terminated);
  return evidence !== '' && record.seen.some((death) => death.evidence === evidence);
};

interface Shown {
  ordinal: number;
  terminated: TerminatedState;
}

function shownDeaths(status: ContainerStatus, restarts: number): Shown[] {
  const shown: Shown[] = [];
  const { state, lastState } = status;
  if (lastState?.terminated) {
    const waits = !state?.running && !state?.terminated;
    const ordinal = ordinalOfLastState(restarts, waits ? (state?.waiting?.reason ?? '') : null);
    shown.push({ ordinal: waits ? Math.max(0, ordinal) : ordinal, terminated: lastState.terminated });
  }
  if (state?.terminated) shown.push({ ordinal: restarts, terminated: state.terminated });
  return shown;
}

/** After a fall of restartCount: the shown death that was the last known instance, taken out of the list. */
function takeLast(shown: Shown[], record: ContainerRecord): TerminatedState | null {
  const index = shown.findIndex(
    ({ ordinal, terminated }) =>
      ordinal < 0 || (record.started !== null && millis(terminated.startedAt) === record.started),
  );
  return index < 0 ? null : (shown.splice(index, 1)[0]?.terminated ?? null);
}
