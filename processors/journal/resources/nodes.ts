import type { Entry } from '../../../schemas/entry.ts';
import { nodeResourcesTable } from '../../../schemas/resources.ts';
import type { NodeResourcesRow } from '../../../schemas/resources.ts';
import { millis } from '../objects/times.ts';
import { readAmounts } from './amounts.ts';
import type { Reader } from './amounts.ts';
import type { Desk } from './desk.ts';
import { fieldsOf, textOf } from './fields.ts';
import { gpusOf, numberOf } from './numbers.ts';
import type { Reading, SpanKind } from './spans.ts';
import { NODE_PREFIX } from './state.ts';
import type { Written } from './state.ts';

export type NodeRow = Written<NodeResourcesRow>;

/** Nodes: what each has to give to pods, and whether it takes any. */
export const nodeSpans: SpanKind<NodeRow> = {
  prefix: NODE_PREFIX,
  table: nodeResourcesTable,
  set: ['cpu_cores', 'memory_bytes', 'gpus', 'pods', 'unschedulable'],
  read: readNode,
};

function readNode(desk: Desk, entry: Entry): Reading<NodeRow> | null {
  const { metadata, spec, status } = entry.object;
  if (status === undefined) return null;
  const isWanted = (name: string) => name === 'cpu' || name === 'memory' || name === 'pods' || desk.isGpu(name);
  const reader: Reader = { isWanted, unreadable: 0 };
  const allocatable = readAmounts(reader, fieldsOf(status)['allocatable']);
  return {
    content: {
      node: entry.name,
      node_uid: entry.uid,
      cpu_cores: numberOf(allocatable, 'cpu'),
      memory_bytes: numberOf(allocatable, 'memory'),
      gpus: gpusOf(allocatable),
      pods: numberOf(allocatable, 'pods'),
      unschedulable: fieldsOf(spec)['unschedulable'] === true ? 1 : 0,
      unreadable: reader.unreadable,
    },
    started: millis(textOf(fieldsOf(metadata)['creationTimestamp'])),
    ended: null,
  };
}
