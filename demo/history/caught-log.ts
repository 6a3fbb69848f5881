import { readable } from '../../ingest/agent/log-catcher/log-text.ts';
import { toTime } from '../../platform/clock.ts';
import type { LogObject } from '../../schemas/objects.ts';
import { instanceLog, stamped } from '../cluster/container-logs.ts';
import type { DeathNotice } from '../cluster/sim.ts';

export type Redact = (text: string) => { readonly text: string; readonly count: number };

/** The agent of those days is configured to keep so many. */
const TAIL_LINES = 300;
const ESC = String.fromCodePoint(0x1b);
const wholeSecond = (ms: number) => toTime(Math.floor(ms / 1000) * 1000);

const about = ({ pod, run, instance, restartCount }: DeathNotice) => ({
  pod_uid: pod.object.metadata.uid,
  container: run.name,
  container_kind: run.kind,
  ordinal: restartCount,
  container_id: instance.containerId,
  started_at: wholeSecond(instance.startedAt),
  finished_at: instance.finishedAt === null ? null : wholeSecond(instance.finishedAt),
});
const nothing = { text: '', lines: 0, bytes: 0, truncated: false, redactions: 0 };

/** A dead instance's log as the agent would have caught it while the kubelet had it. */
export function caughtLog(notice: DeathNotice, redact: Redact): LogObject {
  const { instance } = notice;
  const lines = instanceLog(instance, instance.finishedAt ?? instance.startedAt, TAIL_LINES);
  if (instance.ending === 'never-ran') {
    return { ...about(notice), ...nothing, status: 'none', detail: 'the container never started: StartError' };
  }
  if (lines.length === 0)
    return { ...about(notice), ...nothing, status: 'empty', detail: 'the instance wrote nothing' };
  const raw = lines.map(stamped).join('\n');
  const { text, count } = redact(raw.includes(ESC) ? readable(Buffer.from(raw)) : raw);
  return {
    ...about(notice),
    status: 'caught',
    detail: '',
    text,
    lines: lines.length,
    bytes: Buffer.byteLength(text),
    truncated: lines.length >= TAIL_LINES,
    redactions: count,
  };
}

/** A dead instance that a status still shows, though the kubelet keeps a newer one's log only. */
export const goneLog = (notice: DeathNotice): LogObject => ({
  ...about(notice),
  ...nothing,
  status: 'gone',
  detail: `unable to retrieve container logs for ${notice.instance.containerId}`,
});
