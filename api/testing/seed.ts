import type { Store } from '../../platform/store/store.ts';
import { exceptionLogsTable, exceptionsTable } from '../../schemas/exceptions.ts';
import { clustersTable, coverageTable, journalTable } from '../../schemas/journal.ts';
import { at, clusterRow, coverageRow, eventRow, exceptionRow, journalRow, logRow } from './rows.ts';

const EXCEPTIONS = [
  exceptionRow({ id: 'oom-1', observed_at: at(0) }),
  exceptionRow({ id: 'oom-0', observed_at: at(-300), image: 'web:6' }),
  exceptionRow({
    id: 'oom-west',
    cluster: 'west',
    namespace: 'b',
    pod: 'web-9',
    pod_uid: 'uid-web-9',
    observed_at: at(-200),
  }),
  exceptionRow({
    id: 'pull',
    type: 'stuck',
    reason: 'ImagePullBackOff',
    exit_code: null,
    signal: '',
    fingerprint: 'fp-pull',
    log_status: 'none',
    observed_at: at(-100),
    started_at: null,
    finished_at: null,
    message: 'Back-off pulling image "web:8%"',
    workload: 'shop',
    pod: 'shop-1',
    pod_uid: 'uid-shop-1',
  }),
  exceptionRow({
    id: 'job',
    verdict: 'suppressed',
    rule: 'job-completed',
    reason: 'Completed',
    exit_code: 0,
    fingerprint: 'fp-job',
    observed_at: at(-50),
    pod: 'job-1',
    pod_uid: 'uid-job-1',
  }),
  exceptionRow({
    id: 'start-1',
    verdict: 'suppressed',
    rule: 'startup',
    fingerprint: 'fp-start',
    observed_at: at(-40),
  }),
  exceptionRow({
    id: 'start-2',
    verdict: 'suppressed',
    rule: 'startup',
    fingerprint: 'fp-start',
    observed_at: at(-30),
  }),
];

/** Writes a small world: two clusters, a few exceptions with a log, events, pods, coverage and heartbeats. */
export async function seed(store: Store): Promise<void> {
  await store.insert(exceptionsTable, EXCEPTIONS, { token: 'exceptions' });
  await store.insert(exceptionsTable, [exceptionRow({ id: 'oom-1', hint: 'newer', version: 2 })], {
    token: 'exceptions-2',
  });
  await store.insert(
    exceptionLogsTable,
    [
      logRow({ exception_id: 'oom-1', text: `2026-11-22T11:59:59Z java.lang.OutOfMemoryError: Straße 100%` }),
      logRow({ exception_id: 'oom-west', cluster: 'west', namespace: 'b', pod: 'web-9', text: 'nothing of note' }),
    ],
    { token: 'logs' },
  );
  await store.insert(
    journalTable,
    [
      journalRow({ observed_at: at(-40), resource_version: '5', object: { spec: { nodeName: 'old' } } }),
      journalRow({ observed_at: at(-30), resource_version: '7', object: { spec: { nodeName: 'node-1' } } }),
      journalRow({ observed_at: at(30), resource_version: '9', object: { spec: { nodeName: 'later' } } }),
      journalRow({ observed_at: at(-20), uid: 'uid-other', object: { spec: { nodeName: 'another life' } } }),
      eventRow('web-1', 'a', 'BackOff', -10),
      eventRow('web-1', 'a', 'BackOff', -5),
      eventRow('web-1', 'a', 'Killing', -20),
      eventRow('web-1', 'a', 'Early', -700),
      eventRow('web-2', 'a', 'Other', -10),
      eventRow('web-1', 'b', 'ElsewhereKilling', -10),
    ],
    { token: 'journal' },
  );
  await store.insert(
    coverageTable,
    [
      coverageRow({ from: at(-7200), to: at(-3600) }),
      coverageRow({ from: at(-3600), to: at(-3500), state: 'gap', reason: 'relisted', vanished: 4 }),
      coverageRow({ from: at(-3500) }),
      coverageRow({ kind: 'event', namespace: 'a', state: 'unreadable', reason: 'forbidden', from: at(-7200) }),
      coverageRow({ cluster: 'west', from: at(-100_000), to: at(-90_000) }),
    ],
    { token: 'coverage' },
  );
  await store.insert(clustersTable, [clusterRow({}), clusterRow({ cluster: 'west', last_heartbeat_at: at(-31) })], {
    token: 'clusters',
  });
}
