import type { Entry } from '../../../schemas/entry.ts';
import { exceptionLogsTable } from '../../../schemas/exceptions.ts';
import type { ExceptionLogRow } from '../../../schemas/exceptions.ts';
import { LogObject } from '../../../schemas/objects.ts';
import { Compile } from 'typebox/compile';
import { BadEntry } from '../fold.ts';
import { addLog } from './death-rows.ts';
import type { Desk } from './desk.ts';
import { linesHash } from './fingerprint.ts';
import { saysOf } from './hints.ts';
import { shortHash } from '../objects/short-hash.ts';
import { deathId } from './identity.ts';
import { recordOf } from './state.ts';
import type { DeathRecord, LogWord, PodState } from './state.ts';

/**
 * Joins a log to its death: by container id where both sides have one, else by the ordinal in the current generation. A
 * log that comes before its death's entry waits in the pod's state; one that comes too late, or whose death is not known,
 * is kept under the id that the death has or would have.
 */
const UNAVAILABLE = /unable to retrieve container logs for/i;
const KEPT_EARLY = 4;
const checkLog = Compile(LogObject);

/** @throws BadEntry `bad_object` where the entry carries no log. */
export function readLog(entry: Entry): LogObject {
  if (checkLog.Check(entry.object)) return entry.object;
  const [first] = checkLog.Errors(entry.object);
  throw new BadEntry(
    'bad_object',
    `log entry: ${first ? `${first.instancePath || '/'} ${first.message}` : 'not a log'}`,
  );
}

interface Place {
  id: string;
  generation: number;
  ordinal: number;
  death?: DeathRecord;
}

/** @returns whether the pod's state has changed. */
export function applyLog(desk: Desk, entry: Entry, log: LogObject, pod: PodState | undefined): boolean {
  const word = wordOf(log, entry.observed_at);
  const place = placeOf(desk, log, pod);
  // An agent that was started anew asks again for the log of a death that was settled long ago, and may find it gone.
  if (word.status !== 'caught' && isSettled(place, log, pod)) return false;
  const before = place.death?.row.log_status;
  const logAt = place.death?.log_at || entry.observed_at;
  if (before !== 'caught' || !place.death?.log_at || word.status === 'caught') {
    const row = logRow(desk, entry, log, place.id, word, logAt);
    desk.context.emit(exceptionLogsTable, place.id, row);
  }
  if (!pod) return false;
  if (place.death) {
    addLog(desk, pod, place.death, word);
    return true;
  }
  const next = recordOf(pod, log.container)?.next ?? 0;
  if (place.ordinal < next || place.ordinal !== log.ordinal) return false;
  const early = { container: log.container, generation: place.generation, ordinal: place.ordinal, log: word };
  const others = (pod.early ?? []).filter((own) => own.container !== early.container || own.ordinal !== early.ordinal);
  pod.early = [...others, early].slice(-KEPT_EARLY);
  return true;
}

/** Whether the death was recorded and has left the pod's state: its row says already what became of its log. */
function isSettled({ death, generation, ordinal }: Place, log: LogObject, pod: PodState | undefined): boolean {
  const record = pod && recordOf(pod, log.container);
  if (death || !record || ordinal < 0) return false;
  return generation < record.generation || ordinal < record.next;
}

function placeOf(desk: Desk, log: LogObject, pod: PodState | undefined): Place {
  const record = pod && recordOf(pod, log.container);
  const deaths = pod?.deaths?.filter(({ row }) => row.container === log.container) ?? [];
  const idOf = (generation: number, ordinal: number) =>
    deathId(desk.cluster, log.pod_uid, log.container, generation, ordinal);
  const placed = (death: DeathRecord): Place => {
    const { id, generation, ordinal } = death.row;
    return { id, generation, ordinal, death };
  };
  if (log.container_id) {
    const same = deaths.find(({ row }) => row.container_id === log.container_id);
    if (same) return placed(same);
    const seen = record?.seen.find(({ evidence }) => evidence === log.container_id);
    if (seen) return { id: idOf(seen.generation, seen.ordinal), generation: seen.generation, ordinal: seen.ordinal };
  }
  const generation = record?.generation ?? 0;
  const death = deaths.find(({ row }) => row.generation === generation && row.ordinal === log.ordinal);
  if (!death) return { id: idOf(generation, log.ordinal), generation, ordinal: log.ordinal };
  if (!log.container_id || !death.row.container_id) return placed(death);
  return { id: shortHash('log', desk.cluster, log.container_id), generation, ordinal: -1 };
}

function wordOf(log: LogObject, at: string): LogWord {
  const unavailable = UNAVAILABLE.test(log.detail) || (log.lines <= 1 && UNAVAILABLE.test(log.text));
  const status = unavailable ? 'gone' : log.status;
  const caught = status === 'caught';
  return {
    status,
    lines: caught ? linesHash(log.text) : '',
    says: caught ? saysOf(log.text) : '',
    unavailable,
    container_id: log.container_id,
    started_at: log.started_at,
    finished_at: log.finished_at,
    log_at: at,
  };
}

function logRow(desk: Desk, entry: Entry, log: LogObject, id: string, word: LogWord, logAt: string) {
  const row: Omit<ExceptionLogRow, 'version'> = {
    exception_id: id,
    cluster: desk.cluster,
    namespace: entry.namespace,
    pod: entry.name,
    container: log.container,
    observed_at: logAt,
    status: word.status,
    detail: log.detail,
    text: log.text,
    lines: log.lines,
    bytes: log.bytes,
    truncated: log.truncated ? 1 : 0,
    redactions: log.redactions,
  };
  return row;
}
