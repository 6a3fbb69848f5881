import type { Entry } from '../../../schemas/entry.ts';
import type { NodeObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { millis } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { storePart } from './desk.ts';
import type { NodeState } from './state.ts';
import { nodeKey } from './state.ts';

/** Keeps a node that is away, cordoned or gone; a sound one has no state. True where that has changed. */
export function applyNode(desk: Desk, entry: Entry): boolean {
  const { state } = desk.context;
  const key = nodeKey(entry.name);
  const before = state.get<NodeState>(key);
  const after = readNode(desk, entry, before);
  if (sameJson(before, after)) return false;
  if (after) storePart(desk, key, after);
  else {
    state.delete(key);
    desk.indexes.due.drop(key);
  }
  return true;
}

function readNode(desk: Desk, entry: Entry, before: NodeState | undefined): NodeState | undefined {
  if (entry.op === 'delete' || entry.op === 'vanished') return { ...before, gone: before?.gone ?? desk.now };
  const { spec, status } = entry.object as NodeObject;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const node: NodeState = {};
  if (ready && ready.status !== 'True') {
    const heard = before?.heard ?? millis(ready.lastHeartbeatTime);
    node.away = before?.away ?? millis(ready.lastTransitionTime) ?? desk.now;
    if (heard !== null) node.heard = heard;
  }
  if (spec?.unschedulable) node.cordoned = before?.cordoned ?? desk.now;
  return Object.keys(node).length === 0 ? undefined : node;
}
