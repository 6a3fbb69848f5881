import type { PodObject, TerminatedState } from '../../../schemas/objects.ts';
import type { Container } from './containers.ts';
import { mainEnded, specOf } from './containers.ts';
import { restartCountOf } from './deaths.ts';
import type { Death } from './deaths.ts';
import { blankRow, podFacts, writeChanged, writeRow } from './desk.ts';
import type { Desk } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { deathHint } from './hints.ts';
import { deathId } from './identity.ts';
import { signalOf } from './signals.ts';
import { recordOf } from './state.ts';
import type { DeathRecord, LogWord, PodState, Row } from './state.ts';
import { maybeStamp, millis, MINUTE_MS, stamp } from '../objects/times.ts';

const UNKNOWN_REASON = 'Unknown';
const UNKNOWN_MESSAGE = 'details unknown';
const KEPT_A_CONTAINER = 4;

export interface Sighting {
  uid: string;
  object: PodObject;
  /** The pod's first entry is a list's: it may have been there before the agent. */
  listed: boolean;
}

/** Writes the rows of a container's new deaths and adds details to one that lacked them. */
export function recordDeaths(
  desk: Desk,
  pod: PodState,
  seen: Sighting,
  container: Container,
  deaths: readonly Death[],
): void {
  for (const death of deaths) {
    const known = pod.deaths?.find(
      ({ row }) =>
        row.container === container.status.name && row.generation === death.generation && row.ordinal === death.ordinal,
    );
    if (known) {
      if (death.terminated && isUnknown(known.row)) fillIn(desk, pod, known, death.terminated);
    } else if (!death.again) {
      addDeath(desk, pod, seen, container, death);
    }
  }
}

const isUnknown = (row: Row): boolean => row.reason === UNKNOWN_REASON && row.exit_code === null;

function addDeath(desk: Desk, pod: PodState, seen: Sighting, container: Container, death: Death): void {
  const { status, kind } = container;
  const spec = specOf(seen.object, status.name);
  const row: Row = {
    ...blankRow(desk, seen.uid, pod, 'death', stamp(desk.now)),
    id: deathId(desk.cluster, seen.uid, status.name, death.generation, death.ordinal),
    container: status.name,
    container_kind: kind,
    reason: UNKNOWN_REASON,
    message: UNKNOWN_MESSAGE + (death.unlisted > 0 ? `; ${death.unlisted} deaths before it are not listed` : ''),
    restart_count: restartCountOf(status),
    ordinal: death.ordinal,
    generation: death.generation,
    log_status: 'gone',
    image: status.image || spec?.image || '',
  };
  const limit = spec?.resources?.limits?.['memory'] ?? '';
  const facts = deathFacts(desk, pod, seen);
  const record: DeathRecord = { row, facts, lines: '', says: '', memoryLimit: limit, log_at: '' };
  if (death.terminated) describe(record, death.terminated);
  takeEarlyLog(pod, record);
  judge(desk, pod, record);
  writeRow(desk, record.row);
  pod.deaths = [...(pod.deaths ?? []), record];
}

function deathFacts(desk: Desk, pod: PodState, { object, listed }: Sighting): DeathRecord['facts'] {
  const runsOnce = (object.spec?.restartPolicy ?? 'Always') !== 'Always';
  return { ...podFacts(desk, pod), listed, runsOnce, mainEnded: mainEnded(object) };
}

function describe(record: DeathRecord, terminated: TerminatedState): void {
  const { row } = record;
  const exitCode = terminated.exitCode ?? null;
  record.facts.finished = millis(terminated.finishedAt);
  record.row = {
    ...row,
    container_id: terminated.containerID ?? '',
    reason: terminated.reason || (exitCode === 0 ? 'Completed' : exitCode === null ? UNKNOWN_REASON : 'Error'),
    exit_code: exitCode,
    signal: signalOf(exitCode, terminated.signal),
    message: terminated.message ?? '',
    started_at: maybeStamp(millis(terminated.startedAt)),
    finished_at: maybeStamp(record.facts.finished),
    log_status: 'pending',
  };
}

function fillIn(desk: Desk, pod: PodState, record: DeathRecord, terminated: TerminatedState): void {
  const before = JSON.stringify(record.row);
  const status = record.log_at ? record.row.log_status : 'pending';
  describe(record, terminated);
  record.row.log_status = status;
  judge(desk, pod, record);
  writeChanged(desk, before, record.row);
}

/** Asks the rules, and words the hint and the fingerprint anew. */
function judge(desk: Desk, pod: PodState, record: DeathRecord): void {
  const { verdict, rule } = desk.verdict({ ...record.facts, row: record.row });
  const fingerprint = fingerprintOf(record.row, record.lines);
  record.row = { ...record.row, verdict, rule, fingerprint, hint: deathHint(record, pod.events ?? []) };
}

/** Judges every row of the pod that can still change, after the pod's circumstances did. */
export function judgeDeaths(desk: Desk, pod: PodState): void {
  for (const record of pod.deaths ?? []) {
    const before = JSON.stringify(record.row);
    if (pod.disrupted) record.facts.disrupted = true;
    if (record.facts.logUnavailable && cameBack(pod, record.row)) record.facts.logUnavailable = false;
    record.row = { ...record.row, workload_kind: pod.workload[0], workload: pod.workload[1] };
    judge(desk, pod, record);
    writeChanged(desk, before, record.row);
  }
}

/** The container ran again after this death, so nobody had removed it by hand. */
function cameBack(pod: PodState, row: Row): boolean {
  const record = recordOf(pod, row.container);
  return record !== undefined && (record.generation > row.generation || record.rc > row.ordinal);
}

/** Joins a log to its death; what is already caught stays. */
export function addLog(desk: Desk, pod: PodState, record: DeathRecord, log: LogWord): void {
  const before = JSON.stringify(record.row);
  hear(pod, record, log);
  judge(desk, pod, record);
  writeChanged(desk, before, record.row);
}

function hear(pod: PodState, record: DeathRecord, log: LogWord): void {
  const { row } = record;
  record.log_at = record.log_at || log.log_at;
  if (row.log_status === 'caught' && log.status !== 'caught') return;
  record.lines = log.lines;
  record.says = log.says;
  record.facts.logUnavailable = log.unavailable && !cameBack(pod, row);
  record.row = {
    ...row,
    log_status: log.status,
    container_id: row.container_id || log.container_id,
    started_at: row.started_at ?? log.started_at,
    finished_at: row.finished_at ?? log.finished_at,
  };
}

function takeEarlyLog(pod: PodState, record: DeathRecord): void {
  const { row } = record;
  const early = pod.early?.find(
    (own) => own.container === row.container && own.generation === row.generation && own.ordinal === row.ordinal,
  );
  if (!early) return;
  hear(pod, record, early.log);
  pod.early = pod.early?.filter((own) => own !== early);
}

/** When a row has its log, it is kept for what comes a little later (an event, a restart), then left. */
const keptUntil = (desk: Pick<Desk, 'options'>, record: DeathRecord): number | null =>
  record.row.log_status === 'pending' ? null : record.facts.seen + desk.options.late_minutes * MINUTE_MS;

export function deathsDue(desk: Pick<Desk, 'options'>, pod: PodState): number {
  return Math.min(Infinity, ...(pod.deaths ?? []).map((record) => keptUntil(desk, record) ?? Infinity));
}

/** Leaves the rows that cannot change any more, and of many that wait for their log the oldest: those logs are gone. */
export function pruneDeaths(desk: Desk, pod: PodState): void {
  if (!pod.deaths) return;
  const counts = new Map<string, number>();
  const kept: DeathRecord[] = [];
  for (const record of pod.deaths.toReversed()) {
    const count = (counts.get(record.row.container) ?? 0) + 1;
    const until = keptUntil(desk, record);
    if (until !== null && (until <= desk.now || count > KEPT_A_CONTAINER)) continue;
    counts.set(record.row.container, count);
    if (count <= KEPT_A_CONTAINER) kept.push(record);
    else writeRow(desk, { ...record.row, log_status: 'gone' });
  }
  pod.deaths = kept.toReversed();
}

/** The pod is forgotten: a log that has not come by now does not come. */
export function closeDeaths(desk: Desk, pod: PodState): void {
  for (const { row } of pod.deaths ?? []) {
    if (row.log_status === 'pending') writeRow(desk, { ...row, log_status: 'gone' });
  }
}
