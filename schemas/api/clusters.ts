import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { ClusterRow, CoverageRow } from '../journal.ts';
import { nullable, page, wireFields } from './envelope.ts';

const span = wireFields(CoverageRow, ['kind', 'namespace', 'state', 'from', 'to', 'reason']);
const vanished = nullable(
  Type.Integer(),
  'Objects that the relist did not find any more; null for a reader who may not see every namespace of the span',
);

export const CoverageSpan = Type.Object({
  cluster: Type.String(),
  ...span,
  vanished,
  proven_until: Type.Union([Time, Type.Null()], {
    description: "While the span is open: the agent's last proof of life. What lies after it is unknown",
  }),
});
export type CoverageSpan = Static<typeof CoverageSpan>;
export const CoveragePage = page(CoverageSpan);

export const ClusterItem = Type.Object({
  ...wireFields(ClusterRow, [
    'cluster',
    'last_heartbeat_at',
    'agent_version',
    'identity',
    'started_at',
    'holes',
    'repeats',
  ]),
  lag_ms: Type.Integer({ description: 'Age of the last heartbeat' }),
  status: Type.Enum(['live', 'silent'], { description: 'silent: no heartbeat for more than 30 s' }),
  objects: nullable(
    Type.Record(Type.String(), Type.Integer()),
    'Objects known, by kind; null for a reader who may not see every namespace',
  ),
  coverage: Type.Array(
    Type.Object({ kind: span.kind, namespace: span.namespace, state: span.state, since: Time, reason: span.reason }),
    { description: 'The present state of each kind and namespace' },
  ),
  gaps: Type.Array(Type.Object({ ...span, vanished }), {
    description: 'Gaps, late resumptions and unreadable spans of the last 24 hours, newest first, at most 100',
  }),
});
export type ClusterItem = Static<typeof ClusterItem>;
export const ClusterPage = page(ClusterItem);
