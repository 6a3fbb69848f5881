import type { ContainerStatus, PodObject } from '../../../schemas/objects.ts';
import type { Container } from './containers.ts';
import { specOf } from './containers.ts';
import type { Desk } from './desk.ts';
import { blankRow, podFacts, writeChanged, writeRow } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { stuckId } from './identity.ts';
import type { PodState, Row, SpellKind, SpellRecord } from './state.ts';
import { courseOf, steadyReason, tellingMessage } from './stuck.ts';
import { stuckHint } from './stuck-hints.ts';
import { isOver } from '../objects/pods.ts';
import { containerSign, schedulingSign } from '../objects/signs.ts';
import type { StuckSign } from '../objects/signs.ts';
import { millis, MINUTE_MS, stamp } from '../objects/times.ts';

/**
 * The spells of a pod. One opens with the first sign, becomes a row once it has lasted for `stuck.minutes` (at once for
 * what nothing but an edit heals), and closes when the sign is gone, the pod is over or deleted. A spell that closes
 * before that leaves no row. A crash loop that happens to run is not written until it dies again or has run for long.
 */
export function updateSpells(
  desk: Desk,
  uid: string,
  pod: PodState,
  object: PodObject,
  containers: readonly Container[],
): void {
  if (isOver(object)) {
    closeSpells(desk, pod, () => true, desk.now);
    return;
  }
  for (const container of containers) updateContainer(desk, uid, pod, object, container);
  const scheduling = schedulingSign(object);
  if (scheduling) see(desk, uid, pod, scheduling);
  else closeSpells(desk, pod, ({ kind }) => kind === 'unschedulable', scheduledAt(object) ?? desk.now);
}

function updateContainer(desk: Desk, uid: string, pod: PodState, object: PodObject, container: Container): void {
  const { status } = container;
  const sign = containerSign(status);
  for (const spell of pod.spells ?? []) {
    if (spell.row.container !== status.name) continue;
    const course = courseOf(spell.kind, status, sign);
    if (course.goes === 'over') closeSpells(desk, pod, (own) => own === spell, course.at ?? desk.now);
    else spell.runs_since = course.goes === 'runs' ? (spell.runs_since ?? course.since ?? desk.now) : null;
  }
  if (sign) see(desk, uid, pod, sign, container, object);
}

const scheduledAt = (object: PodObject): number | null => {
  const condition = object.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'True');
  return millis(condition?.lastTransitionTime);
};

/** Opens a spell, or takes what the sign says into the open one. */
export function see(
  desk: Desk,
  uid: string,
  pod: PodState,
  sign: StuckSign<SpellKind>,
  container?: Container,
  object?: PodObject,
): void {
  const open = pod.spells?.find(({ kind, row }) => kind === sign.kind && row.container === sign.container);
  if (!open) {
    pod.spells = [...(pod.spells ?? []), openSpell(desk, uid, pod, sign, container, object)];
    return;
  }
  if (desk.options.stuck.at_once.includes(sign.reason) && !open.written) open.due = open.begin;
  const before = JSON.stringify(open.row);
  const reason = steadyReason(open.row.reason, sign.reason);
  // The scheduler counts nodes anew and back-offs grow: a written row is not rewritten for that alone.
  const message =
    open.written && sign.kind !== 'image' ? open.row.message : tellingMessage(open.row.message, sign.message);
  const services = open.written ? open.row.services : desk.services.matching(pod.namespace, pod.labels);
  open.row = word(pod, open, { ...open.row, reason, message, services });
  if (open.written) writeChanged(desk, before, open.row);
}

function openSpell(
  desk: Desk,
  uid: string,
  pod: PodState,
  sign: StuckSign<SpellKind>,
  container?: Container,
  object?: PodObject,
): SpellRecord {
  const { stuck } = desk.options;
  const number = pod.spellCount ?? 0;
  pod.spellCount = number + 1;
  const begin = Math.min(sign.since ?? desk.now, desk.now);
  const row: Row = {
    ...blankRow(desk, uid, pod, 'stuck', ''),
    id: stuckId(desk.cluster, uid, sign.container, sign.kind, number),
    reason: sign.reason,
    message: sign.message,
    started_at: stamp(begin),
    ordinal: number,
    ...containerFields(container?.status, container?.kind ?? '', object),
  };
  const due = stuck.at_once.includes(sign.reason) ? begin : begin + stuck.minutes * MINUTE_MS;
  const spell: SpellRecord = { kind: sign.kind, row, begin, due, written: false, runs_since: null };
  spell.row = word(pod, spell, row);
  return spell;
}

function containerFields(
  status: ContainerStatus | undefined,
  kind: Row['container_kind'],
  object: PodObject | undefined,
) {
  if (!status) return {};
  const image = status.image || (object ? specOf(object, status.name)?.image : '') || '';
  return { container: status.name, container_kind: kind, image, restart_count: Math.max(0, status.restartCount ?? 0) };
}

/** Words hint and fingerprint; where the kubelet's status is bare, the pod's last failed pull says why. */
function word(pod: PodState, spell: SpellRecord, row: Row): Row {
  let { message } = row;
  if (spell.kind === 'image') {
    const failed = pod.events?.findLast(({ reason, container }) => reason === 'Failed' && container === row.container);
    if (failed && tellingMessage('?', message) === '?') message = failed.message;
  }
  const worded = { ...row, message, hint: stuckHint(spell.kind, row.reason, message) };
  return { ...worded, fingerprint: fingerprintOf(worded, '') };
}

/** Words the open spells anew after an event or after the workload became known. */
export function rewordSpells(desk: Desk, pod: PodState): void {
  for (const spell of pod.spells ?? []) {
    const before = JSON.stringify(spell.row);
    const [kind, name] = pod.workload;
    spell.row = word(pod, spell, { ...spell.row, workload_kind: kind, workload: name });
    if (spell.written) writeChanged(desk, before, spell.row);
  }
}

/** Closes spells; one that lasted long enough but was not yet a row becomes one. `at`: when it ended. */
export function closeSpells(desk: Desk, pod: PodState, which: (spell: SpellRecord) => boolean, at: number): void {
  for (const spell of pod.spells ?? []) {
    if (!which(spell)) continue;
    const end = spell.runs_since ?? Math.min(at, desk.now);
    if (!spell.written && (spell.due === null || end < spell.due)) continue;
    if (!spell.written) judgeSpell(desk, pod, spell);
    spell.row = { ...spell.row, finished_at: stamp(Math.max(end, spell.begin)) };
    writeRow(desk, spell.row);
  }
  pod.spells = pod.spells?.filter((spell) => !which(spell));
}

/** Writes what has become due by now, and ends crash loops that have run for long enough. */
export function fireSpells(desk: Desk, pod: PodState): void {
  const recovered = desk.options.stuck.recovered_after_minutes * MINUTE_MS;
  for (const spell of pod.spells ?? []) {
    if (spell.runs_since !== null) continue;
    if (spell.due === null || spell.due > desk.now) continue;
    judgeSpell(desk, pod, spell);
    spell.written = true;
    writeRow(desk, spell.row);
  }
  closeSpells(desk, pod, ({ runs_since }) => runs_since !== null && runs_since + recovered <= desk.now, desk.now);
}

/** Asks the rules. A Job's waiting is asked again once the Job is no longer young. */
function judgeSpell(desk: Desk, pod: PodState, spell: SpellRecord): void {
  const { verdict, rule } = desk.verdict({ ...podFacts(desk, pod), row: spell.row });
  spell.row = { ...spell.row, observed_at: spell.row.observed_at || stamp(desk.now), verdict, rule };
  const young = rule === 'job-waiting' && pod.created !== null;
  spell.due = young ? (pod.created ?? 0) + desk.options.rules['job-waiting'].minutes * MINUTE_MS : null;
}

/** When the next spell of the pod wants `fireSpells`. */
export function spellsDue(desk: Pick<Desk, 'options'>, pod: PodState): number {
  let due = Infinity;
  for (const spell of pod.spells ?? []) {
    const recovers = (spell.runs_since ?? Infinity) + desk.options.stuck.recovered_after_minutes * MINUTE_MS;
    due = Math.min(due, spell.runs_since === null ? (spell.due ?? Infinity) : recovers);
  }
  return due;
}
