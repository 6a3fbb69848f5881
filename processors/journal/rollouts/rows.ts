import { stamp } from '../objects/times.ts';
import type { RolloutRecord, Row } from './state.ts';

/** The row of a rollout as it stands: what failed stays failed, whatever became of it later. */
export function wordRow(rollout: RolloutRecord, services: string[]): Row {
  const { row, end, standing, waits } = rollout;
  const failures = rollout.failures ?? [];
  const first = failures[0];
  return {
    ...row,
    services,
    outcome: first ? 'failed' : (end?.outcome ?? standing?.outcome ?? 'progressing'),
    reason: first ? failedReason(first.reason, rollout) : (end?.reason ?? standing?.reason ?? waits ?? ''),
    failed_at: first ? stamp(first.at) : null,
    exceptions: failures.flatMap(({ id }) => (id ? [id] : [])),
  };
}

function failedReason(reason: string, { end }: RolloutRecord): string {
  if (!end) return reason;
  return end.outcome === 'completed' ? `${reason}; it was completed later` : `${reason}; ${end.reason}`;
}
