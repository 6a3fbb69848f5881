import { toTime } from '../platform/clock.ts';
import type { AgentStatus } from '../ingest/agent/agent.ts';
import type { Trouble } from '../platform/bus/journal.ts';
import type { Progress } from '../processors/journal/follow.ts';

/** A watch that is cut for less than this is being taken up again. */
const CUT_MS = 60_000;
/** A reader without success for so long, while there is work, is in trouble. */
const STALLED_MS = 120_000;

/** What keeps an agent from recording its cluster at `now` (milliseconds since the Unix epoch), or null. */
export function agentProblem(status: Omit<AgentStatus, 'counters'>, now: number): string | null {
  const { lease, blockedSince, watches } = status;
  if (lease.state === 'waiting') {
    return lease.holder !== '' && lease.reason === 'held by another'
      ? `another agent holds the lease: ${lease.holder}`
      : `the lease is not held: ${lease.reason || 'not asked for yet'}`;
  }
  if (blockedSince !== null) return `the local log cannot be written since ${toTime(blockedSince)}: is its disk full?`;
  const pods = watches.filter(({ kind }) => kind === 'pod');
  const [first] = pods;
  if (!first) return 'no watch has begun yet';
  if (pods.some(({ state }) => state === 'watching')) return null;
  const late = pods.find(({ state }) => state === 'late');
  if (late) {
    if (now - (late.lastProofAt ?? 0) < CUT_MS) return null;
    return `the API server has not spoken for over a minute: ${late.reason}`;
  }
  if (first.state === 'unreadable') return `pods may not be read: ${first.reason}`;
  return `the pods have not been listed yet: ${first.reason}`;
}

/** What keeps one journal from being folded at `now` (milliseconds since the Unix epoch), or null. */
export function journalProblem(
  progress: Pick<Progress, 'lag' | 'lastSuccessAt' | 'heldSince' | 'failing'>,
  now: number,
): string | null {
  const { failing } = progress;
  if (failing && now - failing.since > STALLED_MS) return `failing since ${toTime(failing.since)}: ${failing.reason}`;
  const since = progress.lastSuccessAt ?? progress.heldSince;
  if (progress.lag === 0 || now - since <= STALLED_MS) return null;
  return `${progress.lag} entries wait, and nothing was folded since ${toTime(since)}${failing ? `: ${failing.reason}` : ''}`;
}

/** What of a trouble is to be told at `now` (milliseconds since the Unix epoch): what may pass, once it has lasted. */
export function troubleProblem(trouble: Trouble | null, now: number): string | null {
  if (trouble === null) return null;
  if (trouble.lasting) return trouble.reason;
  return now - trouble.since > STALLED_MS ? `since ${toTime(trouble.since)}: ${trouble.reason}` : null;
}
