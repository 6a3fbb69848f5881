import type { Cause } from '../../../schemas/outages.ts';
import { MINUTE_MS } from '../objects/times.ts';
import { WAITS_FOR_DELETION } from '../rollouts/progress.ts';
import type { Desk } from './desk.ts';
import { ownerTarget } from './indexes.ts';
import type { Death, Lost, NodeState, PodState, RolloutState, Why, WorkloadState } from './state.ts';
import { nodeKey, podKey, rolloutKey, workloadKey } from './state.ts';

/** Clocks of nodes and whole seconds. */
export const SLACK_MS = 2_000;
/** A death that long before is what the endpoint left for. */
const DIED_BEFORE_MS = 2 * MINUTE_MS;
/** Controllers take so long at most to delete what is not wanted any more. */
const SCALED_BEFORE_MS = 10 * MINUTE_MS;
/** What befalls new pods so long after their rollout came to stand is not its doing. */
const STANDS_MS = 10 * MINUTE_MS;
/** A node and its pods are marked, or a node cordoned and its pods evicted, within moments. */
const MARKED_TOGETHER_MS = 10_000;

/** Taken back once something says more. */
const WEAK: ReadonlySet<Cause> = new Set(['unknown', 'readiness', 'pod-deleted']);
const BY_API = 'EvictionByEvictionAPI';
const BY_NODE: ReadonlySet<string> = new Set([
  'DeletionByTaintManager',
  'DeletionByPodGC',
  'NodeLost',
  'NodeShutdown',
  'Terminated',
]);

export const UNKNOWN: Why = { cause: 'unknown', detail: {} };

/** The cordon of a drain may be told after its evictions. */
const isWeak = ({ cause, detail }: Why): boolean =>
  WEAK.has(cause) || (detail['reason'] === BY_API && detail['drained'] === 0);

/**
 * Why an endpoint stopped being ready, the first that holds: its node was lost; it was evicted; it was deleted, by a rollout, by
 * scaling down, or by somebody; it died; it could not run; it was not ready.
 */
export function whyLost(desk: Desk, lost: Lost, pod: PodState | undefined): Why {
  const known = lost.why;
  if (!pod) return known ?? UNKNOWN;
  if (known && !isWeak(known)) return whyReleased(desk, pod, lost.seen, known);
  return (
    byNode(desk, pod, lost) ??
    byEviction(desk, pod, lost) ??
    byDeath(desk, pod, lost) ??
    byDeletion(desk, pod, lost) ??
    bySign(desk, pod, lost.seen) ??
    byReadiness(desk, pod, lost) ??
    known ??
    UNKNOWN
  );
}

function byNode(desk: Desk, pod: PodState, { seen }: Lost): Why | null {
  const node = pod.node ? desk.context.state.get<NodeState>(nodeKey(pod.node)) : undefined;
  const since = node?.away ?? node?.gone;
  const isLost = since !== undefined && since <= seen + MARKED_TOGETHER_MS;
  const isEnded = pod.end !== undefined && BY_NODE.has(pod.end.reason) && pod.end.at <= seen + SLACK_MS;
  if (!isLost && !isEnded) return null;
  const how = node?.away === undefined && node?.gone !== undefined ? 'gone' : 'silent';
  return {
    cause: 'node',
    detail: {
      node: pod.node,
      pod: pod.name,
      how: isLost ? how : 'ended',
      reason: isLost ? '' : (pod.end?.reason ?? ''),
    },
    node: pod.node,
  };
}

/** Through the API from a node that takes no pods: a drain. */
function byEviction(desk: Desk, pod: PodState, { seen }: Lost): Why | null {
  if (!pod.end || pod.end.at > seen + SLACK_MS) return null;
  const { reason, message } = pod.end;
  const { cordoned = Infinity } = desk.context.state.get<NodeState>(nodeKey(pod.node)) ?? {};
  const drained = reason === BY_API && cordoned <= seen + MARKED_TOGETHER_MS;
  return {
    cause: 'eviction',
    detail: { pod: pod.name, node: pod.node, reason, message, drained: drained ? 1 : 0 },
    node: pod.node,
    ...(drained && { planned: true as const }),
  };
}

/** It died while nobody had asked for its deletion. */
function byDeath(desk: Desk, pod: PodState, { seen }: Lost): Why | null {
  const death = pod.deaths?.findLast(
    ({ at }) =>
      at >= seen - DIED_BEFORE_MS &&
      at <= seen + SLACK_MS &&
      (pod.deleted_at === undefined || at < pod.deleted_at - SLACK_MS),
  );
  return death ? ofRelease(desk, pod, seen, whyDead(pod, death)) : null;
}

const whyDead = (pod: PodState, { id, container, reason, exit_code }: Death): Why => ({
  cause: 'crash',
  detail: { pod: pod.name, container, reason, ...(exit_code !== null && { exit_code }) },
  exceptions: [id],
});

function byDeletion(desk: Desk, pod: PodState, { id, seen }: Lost): Why | null {
  const at = pod.deleted_at ?? pod.gone;
  if (at === undefined || at > seen + SLACK_MS) return null;
  const rollout = rolloutOf(desk, pod, at);
  if (rollout && pod.created < rollout.started && replaces(rollout)) return whyReplaced(pod, rollout);
  return byScale(desk, pod, { id, at }) ?? { cause: 'pod-deleted', detail: { pod: pod.name } };
}

/** The controller of one that is paused, or held by its partition, deletes no pods. */
const replaces = ({ outcome, reason }: RolloutState): boolean =>
  outcome !== 'paused' && (outcome !== 'held' || reason === WAITS_FOR_DELETION);

const whyReplaced = (pod: PodState, rollout: RolloutState): Why => ({
  cause: 'rollout',
  detail: { pod: pod.name, ...nameOf(rollout) },
  rollout: rollout.id,
  planned: true,
});

export const nameOf = ({ workload_kind, workload, revision, images }: RolloutState): Why['detail'] => ({
  workload: `${workload_kind} ${workload}`,
  revision,
  images,
});

/** Scaling down takes no more pods than there were too many: those that were deleted first. */
function byScale(desk: Desk, pod: PodState, { id, at }: { id: string; at: number }): Why | null {
  const uid = desk.indexes.workloadOf(ownerTarget(pod));
  const workload = uid === undefined ? undefined : desk.context.state.get<WorkloadState>(workloadKey(uid));
  const scaled = workload?.scaled;
  if (!workload || !scaled || scaled.at > at + SLACK_MS || at - scaled.at > SCALED_BEFORE_MS) return null;
  const before = desk.indexes.pods.of(ownerTarget(pod)).filter((other) => {
    const deleted = desk.context.state.get<PodState>(podKey(other))?.deleted_at ?? Infinity;
    return deleted + SLACK_MS >= scaled.at && (deleted < at || (deleted === at && other < id));
  });
  return before.length < scaled.from - scaled.to ? whyScaled(workload) : null;
}

/** Of a workload that was scaled down or deleted. */
export const whyScaled = ({ kind, name, scaled, gone }: WorkloadState): Why => ({
  cause: 'scale-down',
  detail: {
    workload: `${kind} ${name}`,
    from: scaled?.from ?? 0,
    to: scaled?.to ?? 0,
    deleted: gone === undefined ? 0 : 1,
  },
  planned: true,
});

/** What keeps a pod from running: it died, its image or its configuration cannot be had, no node takes it. */
export function bySign(desk: Desk, pod: PodState, at: number): Why | null {
  const { sign, deaths, stuck } = pod;
  if (!sign || sign.since > at + SLACK_MS) return null;
  const death = deaths?.findLast((each) => each.at <= at + SLACK_MS);
  const ids = [...(stuck ?? []), ...(death ? [death.id] : [])];
  if (sign.kind === 'crashloop' && death) return ofRelease(desk, pod, at, { ...whyDead(pod, death), exceptions: ids });
  const { reason, message } = sign;
  const cause = sign.kind === 'image' || sign.kind === 'unschedulable' ? sign.kind : 'crash';
  const why: Why = { cause, detail: { pod: pod.name, reason, message }, exceptions: ids };
  return cause === 'unschedulable' ? why : ofRelease(desk, pod, at, why);
}

/** It died though it does not loop, or not yet. */
export function byNewDeath(desk: Desk, pod: PodState, since: number): Why | null {
  const death = pod.deaths?.findLast(({ at }) => at >= since - SLACK_MS);
  return death ? ofRelease(desk, pod, death.at, whyDead(pod, death)) : null;
}

function byReadiness(desk: Desk, pod: PodState, { seen }: Lost): Why | null {
  const stayed = pod.ready && (pod.ready_at ?? 0) < seen - SLACK_MS;
  if (stayed) return null;
  return ofRelease(desk, pod, seen, { cause: 'readiness', detail: { pod: pod.name } });
}

/** Its death may be told before its rollout is: each kind is watched by itself. */
export const whyReleased = <W extends Why>(desk: Desk, pod: PodState, at: number, why: W): W =>
  why.cause === 'crash' || why.cause === 'image' ? { ...why, ...ofRelease(desk, pod, at, why) } : why;

/** What befalls a pod of a new template, while that is being rolled out, is the release's. */
function ofRelease(desk: Desk, pod: PodState, at: number, why: Why): Why {
  const rollout = rolloutOf(desk, pod, at);
  if (!rollout || pod.created < rollout.earliest - SLACK_MS) return why;
  // A canary that has been left to stand is not being rolled out any more.
  if (rollout.stands !== undefined && at - rollout.stands > STANDS_MS) return why;
  return {
    ...why,
    cause: 'bad-release',
    detail: { ...why.detail, ...nameOf(rollout), by: why.cause },
    rollout: rollout.id,
  };
}

/** The newest rollout of the pod's workload that lasted then. */
function rolloutOf(desk: Desk, pod: PodState, at: number): RolloutState | undefined {
  return rolloutsOf(desk, ownerTarget(pod)).findLast(
    ({ earliest, finished }) => earliest - SLACK_MS <= at && (finished === null || at <= finished),
  );
}

export const byStart = (a: RolloutState, b: RolloutState): number => a.started - b.started || (a.id < b.id ? -1 : 1);

/** In the order in which they began. */
export const rolloutsOf = (desk: Desk, target: string): RolloutState[] =>
  [...desk.indexes.rollouts.in(target)]
    .flatMap((id) => desk.context.state.get<RolloutState>(rolloutKey(id)) ?? [])
    .sort(byStart);
