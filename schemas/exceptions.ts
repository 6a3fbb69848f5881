import Type, { type Static } from 'typebox';
import { maybeInt32, maybeTime, oneOf, table, text, time, uint32, uint64, uint8, word, words } from './column.ts';
import { CONTAINER_KINDS, LOG_STATUSES } from './objects.ts';

/**
 * `death`: one container instance ended. `stuck`: a container or pod that cannot go on, one row a spell. `pod`: the pod
 * itself ended (evicted, preempted, node lost). `job`: a Job failed. Never summed together.
 */
export const EXCEPTION_TYPES = ['death', 'stuck', 'pod', 'job'] as const;
export const VERDICTS = ['reported', 'suppressed'] as const;

export const ExceptionRow = Type.Object({
  id: text('Deterministic: for a death, of cluster, pod uid, container, generation and ordinal'),
  type: oneOf(EXCEPTION_TYPES, 'death, stuck, pod or job; count one type at a time'),
  cluster: word('Cluster, as the journal topic names it'),
  namespace: word('Kubernetes namespace'),
  pod: text("Pod name; '' for a Job's own row"),
  pod_uid: text("Pod uid; the Job's uid for a Job's own row"),
  node: word('Node the pod ran on'),
  container: word("Container name; '' where the row is about the whole pod or Job"),
  container_kind: oneOf(['', ...CONTAINER_KINDS], "app, init, sidecar or ephemeral; '' where there is no container"),
  container_id: text("The dead instance's container id, where the kubelet gave one"),
  workload_kind: word('Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod'),
  workload: text('Name of the top owner'),
  services: words('Services whose selector matched the pod'),
  reason: word('OOMKilled, Error, ImagePullBackOff, Unschedulable, Evicted, DeadlineExceeded, ... or Unknown'),
  exit_code: maybeInt32('Exit code, where a process ended'),
  signal: word("Signal that ended the process, from an exit code over 128: SIGKILL, SIGSEGV, ... or ''"),
  message: text('What Kubernetes said, redacted'),
  started_at: maybeTime('When the dead instance, or the stuck spell, began'),
  finished_at: maybeTime('When it ended; null while a spell lasts'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  restart_count: uint32("The container's restartCount when it was seen"),
  ordinal: uint32("Which of the container's deaths this is, from 0, within its generation"),
  generation: uint32('Rises when restartCount falls'),
  verdict: oneOf(VERDICTS, 'reported, or suppressed by `rule`'),
  rule: word("The rule that suppressed it, or ''"),
  log_status: oneOf(LOG_STATUSES, 'caught, pending, or why there is no log'),
  fingerprint: text('Groups the same failure over pods, releases and clusters'),
  hint: text('A short reading of the well-known ones'),
  image: text('Image of the container'),
  version: uint64('Journal offset of the last batch that changed the row'),
});
export type ExceptionRow = Static<typeof ExceptionRow>;
/** Written to the versions table; read through the view `exceptions`. */
export const exceptionsTable = table('exceptions_versions', ExceptionRow);

export const ExceptionLogRow = Type.Object({
  exception_id: text('exceptions.id'),
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  pod: text('Pod name'),
  container: word('Container name'),
  observed_at: time('When the log was caught; the partition is made of it'),
  status: oneOf(LOG_STATUSES, 'caught, or why not'),
  detail: text('Why it could not be caught, in words'),
  text: text("The dead instance's last lines, redacted, each with its timestamp"),
  lines: uint32('Lines kept'),
  bytes: uint32('Bytes kept'),
  truncated: uint8('1 where the log was longer than what is kept'),
  redactions: uint32('Secrets that were masked'),
  version: uint64('Journal offset'),
});
export type ExceptionLogRow = Static<typeof ExceptionLogRow>;
export const exceptionLogsTable = table('exception_logs_versions', ExceptionLogRow);

/** What people say of a group of exceptions: one row a change, the last one counts. */
export const GroupNoteRow = Type.Object({
  fingerprint: text('exceptions.fingerprint'),
  acknowledged: uint8('1 when somebody has acknowledged it'),
  owner: text('Who takes care of it'),
  note: text('Free text'),
  updated_by: text('Who changed it'),
  updated_at: time('When'),
});
export type GroupNoteRow = Static<typeof GroupNoteRow>;
export const groupNotesTable = table('exception_group_notes', GroupNoteRow);
