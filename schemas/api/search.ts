import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { nullable } from './envelope.ts';

export const SEARCH_KINDS = ['service', 'workload', 'pod', 'container', 'node', 'namespace', 'group'] as const;

export const SearchItem = Type.Object({
  kind: Type.Enum([...SEARCH_KINDS]),
  name: Type.String({ description: 'Of a group: workload/container of its newest row' }),
  cluster: Type.String({ description: "'' for a group over several" }),
  namespace: Type.String({ description: "'' for a node, and for a group over several" }),
  workload_kind: Type.String({ description: "Of a workload and of a group, else ''" }),
  fingerprint: nullable(Type.String(), 'Of a group'),
  reason: Type.String({ description: 'Of the newest row; of a service its state' }),
  count: Type.Integer({ minimum: 0, description: 'Exceptions of every type and verdict; 0 for a service' }),
  last_seen: { ...Time, description: 'Of a service: since when it has its state' },
});
export type SearchItem = Static<typeof SearchItem>;

export const SearchResult = Type.Object({ items: Type.Array(SearchItem) });
export type SearchResult = Static<typeof SearchResult>;
