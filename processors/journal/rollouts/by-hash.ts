import { MINUTE_MS } from '../objects/times.ts';
import { targetOf } from '../objects/owners.ts';
import type { Owner } from '../objects/owners.ts';
import type { Desk } from './desk.ts';
import { changeWorkload } from './desk.ts';
import { changesBetween } from './differences.ts';
import { readFlat } from './flat-template.ts';
import type { Progress } from './progress.ts';
import { advanceRollout, beginRollout, endRollout } from './rollout.ts';
import type { PodRecord, RolloutRecord, WorkloadState } from './state.ts';
import { groupKey, podKey } from './state.ts';

/**
 * A controller that is known by its pods alone: they carry its template's hash. A hash that nobody had before, beside another or
 * instead of it, is a rollout; it is over once no old pod is left and as many new ones are ready as there were old ones.
 */
const LOOK_AFTER_MS = 5_000;
/** A group without pods is scaled to zero or gone; after this it is forgotten. */
const EMPTY_MS = 60 * MINUTE_MS;
const SHRINKS_FOR_MS = 2 * MINUTE_MS;

/** After a list, which tells of one pod after the other. */
export function lookSoon(desk: Desk, namespace: string, owner: Owner): void {
  change(desk, namespace, owner, (group) => {
    group.look = desk.now + LOOK_AFTER_MS;
  });
}

export function lookAtGroup(desk: Desk, namespace: string, owner: Owner): void {
  change(desk, namespace, owner, (group) => {
    const isBeingListed = group.hash === '' && group.look !== undefined && group.look > desk.now;
    if (!isBeingListed) look(desk, group);
  });
}

function change(desk: Desk, namespace: string, owner: Owner, apply: (group: WorkloadState) => void): void {
  const key = groupKey(targetOf(namespace, owner));
  const before = desk.context.state.get<WorkloadState>(key);
  changeWorkload(desk, key, before, apply, before ? undefined : newGroup(namespace, owner));
}

const newGroup = (namespace: string, { kind, name, uid }: Owner): WorkloadState => ({
  kind,
  namespace,
  name,
  uid,
  byPods: true,
  generation: 0,
  template: '',
  wrote: 0,
  revision: '',
  hash: '',
  number: 0,
  past: [],
});

/** Looks at the pods that there are. `group` is a copy that may be changed. */
export function look(desk: Desk, group: WorkloadState): void {
  delete group.look;
  const pods = livePods(desk, group);
  const newest = pods.at(-1);
  if (!newest) {
    group.look = desk.now + EMPTY_MS;
    return;
  }
  if (group.hash === '') adopt(group, pods.findLast(({ hash }) => hash !== newest.hash) ?? newest);
  const known = new Set([group.hash, group.open?.hash]);
  const other = pods.findLast(({ hash }) => !known.has(hash));
  if (other) begin(desk, group, pods, other);
  else if (group.open && pods.every(({ hash }) => hash === group.hash)) goBack(desk, group, newest);
  if (group.open) advance(desk, group, pods);
  else measure(desk, group, pods.length);
}

/** By the time of their creation, the newest last. A pod that is being deleted counts as gone. */
export function livePods(desk: Desk, group: WorkloadState): PodRecord[] {
  return desk.indexes
    .podsOf(targetOf(group.namespace, group))
    .map((uid) => desk.context.state.get<PodRecord>(podKey(uid)))
    .filter((pod) => pod !== undefined)
    .filter(({ deleted_at }) => deleted_at === undefined)
    .sort((a, b) => a.created - b.created || (a.name < b.name ? -1 : 1));
}

/** First sight: of two templates the one whose pod came last is new. */
function adopt(group: WorkloadState, old: PodRecord): void {
  group.hash = old.hash;
  group.template = old.template ?? '';
  group.past = [[old.hash, '']];
}

/** A controller that makes its pods anew deletes the old ones first: how many there were is what counts. */
function measure(desk: Desk, group: WorkloadState, pods: number): void {
  const { size = 0, shrunk } = group;
  if (pods >= size || (shrunk !== undefined && desk.now - shrunk > SHRINKS_FOR_MS)) {
    group.size = pods;
    delete group.shrunk;
  } else group.shrunk ??= desk.now;
}

function begin(desk: Desk, group: WorkloadState, pods: readonly PodRecord[], first: PodRecord): void {
  const before = group.template;
  const template = first.template ?? '{}';
  const old = pods.filter(({ hash }) => hash !== first.hash).length;
  measure(desk, group, old);
  const started = Math.min(...pods.filter(({ hash }) => hash === first.hash).map(({ created }) => created));
  const wanted = Math.max(1, old, group.size ?? 0);
  group.generation += 1;
  const open = beginRollout(desk, group, {
    kind: group.past.some(([own]) => own === first.hash) ? 'rollback' : 'change',
    mark: first.hash,
    template,
    before,
    changes: before ? changesBetween(readFlat(before), readFlat(template)) : [],
    labels: first.labels ?? {},
    started,
    earliest: started,
    manager: '',
  });
  open.hash = first.hash;
  open.row = { ...open.row, revision: first.hash, wanted };
}

function goBack(desk: Desk, group: WorkloadState, left: PodRecord): void {
  const reason = 'its pods are gone and those of the template before are left';
  endRollout(desk, group, { outcome: 'rolled-back', reason, at: desk.now, next: '' });
  group.template = left.template ?? group.template;
}

function advance(desk: Desk, group: WorkloadState, pods: readonly PodRecord[]): void {
  const { open } = group;
  if (!open) return;
  const progress = progressOf(open, pods);
  const finished = Math.max(...pods.map(({ ready }) => ready ?? 0));
  advanceRollout(desk, group, progress, finished);
  if (!group.open) settle(desk, group, open, pods.length);
}

function settle(desk: Desk, group: WorkloadState, { hash }: RolloutRecord, pods: number): void {
  group.hash = hash;
  delete group.size;
  measure(desk, group, pods);
}

function progressOf(open: RolloutRecord, pods: readonly PodRecord[]): Progress {
  const { wanted } = open.row;
  const updated = pods.filter(({ hash }) => hash === open.hash).length;
  const available = pods.filter(({ ready }) => ready !== undefined).length;
  const total = pods.length;
  return {
    observed: true,
    wanted,
    updated,
    total,
    available,
    complete: total === updated && available === total && updated >= wanted,
    standing: null,
    exceeded: null,
    underway: true,
    finished: null,
    patience: 0,
    revision: open.hash,
  };
}

/**
 * It has made no progress for too long. Where all pods are ready, that is meant: fewer are wanted now, or the old ones stay beside
 * the new.
 *
 * @returns whether it has failed.
 */
export function standsStill(desk: Desk, group: WorkloadState): boolean {
  const { open } = group;
  const pods = livePods(desk, group);
  if (!open || pods.length === 0 || pods.some(({ ready }) => ready === undefined)) return true;
  if (pods.every(({ hash }) => hash === open.hash)) {
    endRollout(desk, group, { outcome: 'completed', reason: '', at: open.progress, next: '' });
    settle(desk, group, open, pods.length);
  } else open.standing = { outcome: 'held', reason: 'old and new pods stand side by side' };
  return false;
}
