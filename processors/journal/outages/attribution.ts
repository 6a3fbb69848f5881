import { CAUSES } from '../../../schemas/outages.ts';
import type { Cause } from '../../../schemas/outages.ts';
import { selects } from '../objects/services.ts';
import { MINUTE_MS } from '../objects/times.ts';
import { boundsOf } from './bounds.ts';
import type { Desk } from './desk.ts';
import { podBehind } from './desk.ts';
import { rolloutTarget, serviceTarget } from './indexes.ts';
import { sentenceOf } from './sentences.ts';
import type {
  IntervalRecord,
  Obstacle,
  PodState,
  RolloutState,
  Row,
  ServiceRecord,
  Why,
  WorkloadState,
} from './state.ts';
import { podKey, rolloutKey, workloadKey } from './state.ts';
import {
  bySign,
  byNewDeath,
  byStart,
  nameOf,
  rolloutsOf,
  SLACK_MS,
  UNKNOWN,
  whyLost,
  whyReleased,
  whyScaled,
} from './why.ts';
import { REFUSED_LASTS_MS } from './workloads.ts';

/** Exceptions that a row names. */
export const MAX_EVIDENCE = 50;
/** A port that nobody offers is looked for in a rollout that ended so long before. */
const ROLLED_BEFORE_MS = 10 * MINUTE_MS;
const PASSING_MS = 10_000;
/** Somebody or something took the pods away; that they stay away has another reason. */
const BEGINNINGS: ReadonlySet<Cause> = new Set([
  'rollout',
  'scale-down',
  'eviction',
  'node',
  'pod-deleted',
  'readiness',
  'unknown',
]);

type Attribution = Pick<
  Row,
  'cause' | 'planned' | 'sentence' | 'cause_facts' | 'rollout' | 'exceptions' | 'node' | 'pods'
>;

/**
 * The cause of an interval: why most of the endpoints left by whose loss it began; but where their replacements cannot come,
 * what keeps those away. docs/attribution.md has the rules in words.
 */
export function attribute(desk: Desk, service: ServiceRecord, interval: IntervalRecord): Attribution {
  for (const lost of interval.lost) {
    lost.why = withRevision(desk, whyLost(desk, lost, podBehind(desk, interval.row, lost.id)));
  }
  if (interval.begun) interval.begun = withRevision(desk, interval.begun);
  if (interval.obstacle) interval.obstacle = withRevision(desk, withRelease(desk, interval.obstacle));
  const pods = [...new Set(interval.lost.flatMap(({ name }) => name || []))];
  const begun = begunOf(desk, service, interval);
  const isBeginning = BEGINNINGS.has(begun.cause) || begun.detail['by'] === 'rollout';
  const obstacle = heldUp(desk, interval);
  const why = obstacle && isBeginning ? obstacle : begun;
  const same = interval.lost.filter((lost) => lost.why?.cause === why.cause && lost.why.node === why.node);
  const whys = [why, ...same.flatMap((lost) => lost.why ?? [])];
  const evidence = [...new Set(whys.flatMap(({ exceptions }) => exceptions ?? []))].slice(0, MAX_EVIDENCE);
  const detail = {
    ...why.detail,
    kind: interval.row.kind,
    pods: Math.max(1, same.length),
    ...(interval.unseen && { unseen: 1 }),
  };
  return {
    cause: why.cause,
    planned: why.planned ? 1 : 0,
    sentence: sentenceOf(why.cause, detail, interval),
    cause_facts: JSON.stringify(detail),
    rollout: why.rollout ?? '',
    exceptions: evidence,
    node: why.node ?? '',
    pods,
  };
}

/** The controller may name a rollout's revision only after its first pods are gone. */
function withRevision<W extends Why>(desk: Desk, why: W): W {
  if (why.detail['revision'] !== '' || why.rollout === undefined) return why;
  const { revision = '' } = desk.context.state.get<RolloutState>(rolloutKey(why.rollout)) ?? {};
  return revision === '' ? why : { ...why, detail: { ...why.detail, revision } };
}

function withRelease(desk: Desk, obstacle: Obstacle): Obstacle {
  const pod = desk.context.state.get<PodState>(podKey(obstacle.uid));
  return pod ? whyReleased(desk, pod, obstacle.since, obstacle) : obstacle;
}

/** The scheduler and the kubelet often fail once: what was over soon, long before the interval was, has kept nothing away. */
function heldUp(desk: Desk, { obstacle, began, ended }: IntervalRecord): Obstacle | undefined {
  if (obstacle?.until === undefined || (obstacle.exceptions ?? []).length > 0) return obstacle;
  const lasted = obstacle.until - obstacle.since;
  return lasted >= PASSING_MS || 2 * lasted >= (ended?.seen ?? desk.now) - began.seen ? obstacle : undefined;
}

/** What shows it may be forgotten while the interval lasts: it is kept once it is known. */
function begunOf(desk: Desk, service: ServiceRecord, interval: IntervalRecord): Why {
  const known = interval.begun;
  if (known && known.detail['by'] !== 'rollout') return known;
  const isOff = interval.row.kind === 'off';
  const why = isOff ? whyOff(desk, service, interval) : beginningOf(desk, interval);
  const by = why.detail['by'];
  if (by === 'port' || by === 'rollout' || (isOff && why.cause !== 'unknown')) interval.begun = why;
  return known && why.cause === 'rollout' ? known : why;
}

/** Most of them left so; of several that weigh the same the one that `CAUSES` names first. */
function beginningOf(desk: Desk, interval: IntervalRecord): Why {
  const whys = interval.lost.flatMap(({ why }) => (why && why.cause !== 'unknown' ? [why] : []));
  const weight = (of: Why) => whys.filter(({ cause }) => cause === of.cause).length;
  const [first] = whys.sort((a, b) => weight(b) - weight(a) || CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause));
  const isOfPort = interval.row.kind === 'port' && (!first || first.cause === 'rollout');
  const why = (isOfPort ? whyPort(desk, interval, first) : null) ?? first;
  if (why) return judged(desk, why);
  return interval.reselected ? { cause: 'unknown', detail: { by: 'selector' } } : UNKNOWN;
}

/** A rollout that came to fail took its pods away for nothing. */
function judged(desk: Desk, why: Why): Why {
  const rollout = why.rollout ? desk.context.state.get<RolloutState>(rolloutKey(why.rollout)) : undefined;
  if (why.cause !== 'rollout' || rollout?.outcome !== 'failed') return why;
  const { planned: _, ...rest } = why;
  const detail = { ...why.detail, reason: rollout.reason, by: 'rollout' };
  return { ...rest, cause: 'bad-release', detail, exceptions: rollout.exceptions };
}

/** Another template offers other ports: no pod has left, or new ones are endpoints that do not offer it. */
function whyPort(desk: Desk, interval: IntervalRecord, left: Why | undefined): Why | null {
  const { row, began } = interval;
  const rollouts = row.workloads.flatMap((workload) => {
    const [kind = '', name = ''] = workload.split('/', 2);
    return rolloutsOf(desk, `${kind}/${row.namespace}/${name}`);
  });
  const rollout = rollouts
    .sort(byStart)
    .findLast(
      ({ earliest, finished }) => earliest <= began.seen && (finished ?? Infinity) + ROLLED_BEFORE_MS >= began.seen,
    );
  if (!rollout || (left && !isServedBy(desk, rollout, interval))) return null;
  return { cause: 'bad-release', detail: { ...nameOf(rollout), by: 'port', port: row.port }, rollout: rollout.id };
}

/** Pods that a rollout made are among the ready endpoints while the interval lasts. */
function isServedBy(desk: Desk, rollout: RolloutState, { row, ended }: IntervalRecord): boolean {
  const service = serviceTarget(row.namespace, row.service);
  const isNew = (uid: string) =>
    (desk.context.state.get<PodState>(podKey(uid))?.created ?? 0) >= rollout.earliest - SLACK_MS;
  const isEndpoint = (uid: string) => desk.indexes.endpoints.isReady(service, uid);
  return !ended && desk.indexes.pods.of(rolloutTarget(rollout)).some((uid) => isEndpoint(uid) && isNew(uid));
}

/** Whoever stood behind it is scaled to zero, or gone. */
function whyOff(desk: Desk, service: ServiceRecord, interval: IntervalRecord): Why {
  const workloads = interval.row.workloads.flatMap((workload) => {
    const [kind = '', name = ''] = workload.split('/', 2);
    const uid = desk.indexes.workloadOf(`${kind}/${service.row.namespace}/${name}`);
    return (uid === undefined ? undefined : desk.context.state.get<WorkloadState>(workloadKey(uid))) ?? [];
  });
  const scaled = workloads.find((workload) => workload.scaled && workload.replicas === 0);
  if (scaled) return whyScaled(scaled);
  const first = interval.lost.find(({ why }) => why)?.why;
  return first ?? UNKNOWN;
}

/**
 * What keeps a pod of a service from coming up while one of its intervals lasts; null where nothing does. The first one found
 * stays: it held up the rest.
 */
export function obstacleOf(desk: Desk, interval: IntervalRecord, pod: PodState): Why | null {
  if (pod.ready || pod.gone !== undefined || pod.deleted_at !== undefined) return null;
  const since = lossBegan(desk, interval);
  // One that was made before anything was lost, and is broken, holds up nothing.
  if (pod.created < since - SLACK_MS) return null;
  return bySign(desk, pod, desk.now) ?? byNewDeath(desk, pod, since);
}

/** When the first of its endpoints was asked to go, or went. */
function lossBegan(desk: Desk, { row, began, lost }: IntervalRecord): number {
  const times = lost.map(({ id, seen }) => podBehind(desk, row, id)?.deleted_at ?? seen);
  return Math.min(boundsOf(began).earliest, ...times);
}

/** Pods that cannot even be made. */
export function refusalOf(desk: Desk, { row: { namespace }, selector }: ServiceRecord): Obstacle | null {
  for (const uid of [...desk.indexes.workloads.like(namespace, selector)].sort()) {
    const workload = desk.context.state.get<WorkloadState>(workloadKey(uid));
    if (!workload?.refused || !selects(selector, workload.labels)) continue;
    const { reason, message, at } = workload.refused;
    if (desk.now - at > REFUSED_LASTS_MS) continue;
    const detail = { workload: `${workload.kind} ${workload.name}`, reason, message };
    return { cause: 'unschedulable', detail, uid: '', since: at };
  }
  return null;
}

export const isReplacementOf = (interval: IntervalRecord, uid: string): boolean =>
  interval.lost.every(({ id }) => id !== uid);
