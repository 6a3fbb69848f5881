import { fromTime } from '../../../platform/clock.ts';
import { judgeDeaths } from './death-rows.ts';
import type { Desk } from './desk.ts';
import { writeChanged } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { rewordSpells } from './spells.ts';
import type { PodState, Row } from './state.ts';
import { isJobKind } from '../objects/workload.ts';
import type { ResolvedWorkload } from '../objects/workload.ts';

/**
 * The lists of the kinds come side by side, so a pod can die in the journal before its owner or its services are known.
 * Its rows that can still change take them when they come.
 */
const LISTED_TOGETHER_MS = 120_000;

/** @returns whether the pod's state has changed. */
export function adoptWorkload(desk: Desk, pod: PodState, top: Omit<ResolvedWorkload, 'job'>): boolean {
  pod.workload = [top.kind, top.name];
  if (top.unknownOwner) pod.owner = top.unknownOwner;
  else delete pod.owner;
  if (isJobKind(top.kind)) pod.job = true;
  judgeDeaths(desk, pod);
  rewordSpells(desk, pod);
  if (pod.end) {
    const before = JSON.stringify(pod.end);
    const end: Row = { ...pod.end, workload_kind: top.kind, workload: top.name };
    pod.end = { ...end, fingerprint: fingerprintOf(end, '') };
    writeChanged(desk, before, pod.end);
  }
  return true;
}

/** @returns whether the pod's state has changed. */
export function adoptServices(desk: Desk, pod: PodState): boolean {
  const services = desk.services.matching(pod.namespace, pod.labels);
  let changed = false;
  const adopt = (row: Row, written: boolean): Row => {
    const fresh = row.observed_at === '' || desk.now - fromTime(row.observed_at) < LISTED_TOGETHER_MS;
    if (!fresh || services.every((name) => row.services.includes(name))) return row;
    changed = true;
    const joined = { ...row, services };
    if (written) writeChanged(desk, '', joined);
    return joined;
  };
  for (const death of pod.deaths ?? []) death.row = adopt(death.row, true);
  for (const spell of pod.spells ?? []) spell.row = adopt(spell.row, spell.written);
  if (pod.end) pod.end = adopt(pod.end, true);
  return changed;
}
