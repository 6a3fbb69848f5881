import type { Entry } from '../../../schemas/entry.ts';
import type { WorkloadObject } from '../../../schemas/objects.ts';
import { blankRow, podFacts, writeRow } from './desk.ts';
import type { Desk } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { jobId } from './identity.ts';
import type { JobFailure } from './jobs.ts';
import type { PodState, Row } from './state.ts';
import { maybeStamp, millis, stamp } from '../objects/times.ts';
import { topOwner } from '../objects/workload.ts';

/** The row of a failed Job, under the CronJob that made it where there is one. */
export function writeJobFailure(desk: Desk, entry: Entry, failure: JobFailure): void {
  const { metadata } = entry.object as unknown as WorkloadObject;
  const top = topOwner({ kind: 'Job', name: entry.name, uid: entry.uid }, desk.context.state);
  const job: PodState = {
    namespace: entry.namespace,
    name: '',
    node: '',
    created: millis(metadata?.creationTimestamp),
    workload: [top.kind, top.name],
    job: true,
  };
  const row: Row = {
    ...blankRow(desk, entry.uid, job, 'job', stamp(desk.now)),
    id: jobId(desk.cluster, entry.uid),
    reason: failure.reason,
    message: failure.message,
    hint: failure.hint,
    started_at: maybeStamp(failure.started),
    finished_at: maybeStamp(failure.finished),
  };
  row.fingerprint = fingerprintOf(row, '');
  const { finished } = failure;
  const judged = desk.verdict({ ...podFacts(desk, job), row, finished, listed: entry.op === 'list' });
  writeRow(desk, { ...row, ...judged });
}
