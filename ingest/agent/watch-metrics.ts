import type { Metrics } from '../../platform/metrics.ts';
import type { HeartbeatSubject } from './heartbeat.ts';
import type { JournalWriter } from './journal-writer.ts';

/** Shows in `/metrics` how every watch stands: alerts on a watch that has gone quiet are made of these. `over`: none does any more. */
export function showWatches(
  metrics: Metrics,
  cluster: string,
  subjects: readonly HeartbeatSubject[],
  writer: JournalWriter,
  over = false,
): void {
  const labels = ['cluster', 'kind', 'namespace'];
  const proof = metrics.gauge(
    'agent_last_proof_seconds',
    'When the API server last spoke on a watch, Unix time',
    labels,
  );
  const standing = metrics.gauge('agent_watching', '1 while a watch stands', labels);
  const objects = metrics.gauge('agent_objects', 'Objects known', labels);
  const queued = metrics.gauge('agent_queued_bytes', 'Bytes that wait for the local log', ['cluster']);
  for (const { kind, namespace, coverage, objects: count } of subjects) {
    const label = { cluster, kind, namespace };
    const at = coverage.lastProofAt();
    if (at !== null) proof.set(label, at / 1000);
    standing.set(label, !over && coverage.state() === 'watching' ? 1 : 0);
    objects.set(label, count());
  }
  queued.set({ cluster }, writer.queuedBytes());
}
