import { toTime } from '../../platform/clock.ts';
import type { ExceptionLogRow, ExceptionRow } from '../../schemas/exceptions.ts';
import type { ClusterRow, CoverageRow, JournalRow } from '../../schemas/journal.ts';

export const NOON = Date.parse('2026-11-22T12:00:00.000Z');
export const at = (secondsAfterNoon: number): string => toTime(NOON + secondsAfterNoon * 1000);

export const exceptionRow = (row: Partial<ExceptionRow> & { id: string }): ExceptionRow => ({
  type: 'death',
  cluster: 'east',
  namespace: 'a',
  pod: 'web-1',
  pod_uid: 'uid-web-1',
  node: 'node-1',
  container: 'app',
  container_kind: 'app',
  container_id: 'containerd://1',
  workload_kind: 'Deployment',
  workload: 'web',
  services: ['web'],
  reason: 'OOMKilled',
  exit_code: 137,
  signal: 'SIGKILL',
  message: '',
  started_at: at(-60),
  finished_at: at(0),
  observed_at: at(0),
  restart_count: 1,
  ordinal: 0,
  generation: 0,
  verdict: 'reported',
  rule: '',
  log_status: 'caught',
  fingerprint: 'fp-oom',
  hint: 'the memory limit was reached',
  image: 'web:7',
  version: 1,
  ...row,
});

export const logRow = (row: Partial<ExceptionLogRow> & { exception_id: string; text: string }): ExceptionLogRow => ({
  cluster: 'east',
  namespace: 'a',
  pod: 'web-1',
  container: 'app',
  observed_at: at(1),
  status: 'caught',
  detail: '',
  lines: row.text.split('\n').length,
  bytes: row.text.length,
  truncated: 0,
  redactions: 0,
  version: 1,
  ...row,
});

let offset = 0;
export const journalRow = (row: Partial<Omit<JournalRow, 'object'>> & { object: object }): JournalRow => ({
  cluster: 'east',
  kind: 'pod',
  namespace: 'a',
  name: 'web-1',
  uid: 'uid-web-1',
  op: 'update',
  observed_at: at(-30),
  resource_version: '7',
  epoch: 1,
  seq: ++offset,
  log_id: 'log',
  offset,
  ...row,
  object: JSON.stringify(row.object),
});

export const eventRow = (pod: string, namespace: string, reason: string, seconds: number): JournalRow =>
  journalRow({
    kind: 'event',
    namespace,
    name: `${pod}.${reason}`,
    uid: `event-${namespace}-${pod}-${reason}`,
    observed_at: at(seconds),
    object: {
      involvedObject: { kind: 'Pod', namespace, name: pod, uid: `uid-${pod}`, fieldPath: 'spec.containers{app}' },
      type: 'Warning',
      reason,
      message: `${reason} in ${namespace}`,
      count: 3,
      firstTimestamp: '2026-11-22T11:59:00Z',
      lastTimestamp: '2026-11-22T11:59:50Z',
      source: { component: 'kubelet', host: 'node-1' },
    },
  });

export const coverageRow = (row: Partial<CoverageRow>): CoverageRow => ({
  cluster: 'east',
  kind: 'pod',
  namespace: '',
  state: 'watching',
  from: at(-7200),
  to: null,
  reason: '',
  vanished: 0,
  version: 1,
  ...row,
});

export const clusterRow = (row: Partial<ClusterRow>): ClusterRow => ({
  cluster: 'east',
  last_heartbeat_at: at(-5),
  agent_version: '0.1.0',
  identity: 'agent-0',
  started_at: at(-7200),
  epoch: 1,
  seq: 100,
  holes: 0,
  repeats: 2,
  objects: { pod: 12, event: 40 },
  counters: { entries: 100 },
  version: 1,
  ...row,
});
