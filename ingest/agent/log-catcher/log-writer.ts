import type { Clock } from '../../../platform/clock.ts';
import { messageOf } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Metrics } from '../../../platform/metrics.ts';
import type { LogObject } from '../../../schemas/objects.ts';
import type { Outcome } from './log-text.ts';
import type { TrackedPod } from './pod-tracker.ts';
import type { Death } from './pod-view.ts';

export interface CaughtLog {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly object: LogObject;
}

export interface LogWriterDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  write(caught: CaughtLog): Promise<void>;
}

/** Who died, as far as it is known; of an instance that was only followed the end is not. */
export type Deceased = Pick<Death, 'container' | 'kind' | 'ordinal' | 'containerId' | 'startedAt' | 'finishedAt'>;

export interface LogWriter {
  /** Journals what became of a death's log. Never rejects: what cannot be written is counted. */
  write(pod: TrackedPod, death: Deceased, outcome: Outcome): Promise<void>;
}

const objectOf = (pod: TrackedPod, death: Deceased, outcome: Outcome): LogObject => ({
  pod_uid: pod.uid,
  container: death.container,
  container_kind: death.kind,
  ordinal: death.ordinal,
  container_id: death.containerId,
  started_at: death.startedAt,
  finished_at: death.finishedAt,
  status: outcome.status,
  detail: outcome.detail,
  text: outcome.text,
  lines: outcome.lines,
  bytes: outcome.bytes,
  truncated: outcome.truncated,
  redactions: outcome.redactions,
});

export function createLogWriter(deps: LogWriterDeps, cluster: string): LogWriter {
  const { clock, log, metrics } = deps;
  const labels = ['cluster'];
  const outcomes = metrics.counter('agent_logs_total', "Dead containers' logs, by what became of them", [
    'cluster',
    'status',
  ]);
  const failures = metrics.counter(
    'agent_log_write_failures_total',
    'Caught logs that could not be journalled',
    labels,
  );
  const masked = metrics.counter('agent_log_redactions_total', 'Secrets masked in caught logs', labels);
  const lastSuccess = metrics.gauge('agent_log_last_success_seconds', 'When a log was last caught', labels);
  return {
    async write(pod, death, outcome) {
      outcomes.inc({ cluster, status: outcome.status });
      if (outcome.redactions > 0) masked.inc({ cluster }, outcome.redactions);
      if (outcome.status === 'caught') lastSuccess.set({ cluster }, clock.now() / 1000);
      try {
        await deps.write({
          namespace: pod.namespace,
          name: pod.name,
          uid: pod.uid,
          object: objectOf(pod, death, outcome),
        });
      } catch (error) {
        failures.inc({ cluster });
        const fields = { cluster, namespace: pod.namespace, pod: pod.name, reason: messageOf(error) };
        log.error(fields, 'a caught log could not be journalled');
      }
    },
  };
}
