import { outagesTable, serviceEndpointsTable, servicesTable } from '../../../schemas/outages.ts';
import type { ServiceEndpointsRow } from '../../../schemas/outages.ts';
import type { FoldContext } from '../fold.ts';
import { sameJson } from '../objects/json-values.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { MINUTE_MS, stamp } from '../objects/times.ts';
import type { Indexes } from './indexes.ts';
import type { OutageOptions } from './options.ts';
import type { IntervalRecord, NodeState, PodState, RolloutState, ServiceRecord, WorkloadState } from './state.ts';
import { podKey, serviceKey } from './state.ts';

/** How long an interval that is over can still change: deaths, rollouts and coverage of its time come late. */
export const LATE_MS = 10 * MINUTE_MS;
/** How long what is gone is remembered, so that what it caused can be told. */
const REMEMBERED_MS = 15 * MINUTE_MS;
/** The lists of the kinds come side by side; after this nobody waits for one that does not come. */
const LISTED_TOGETHER_MS = 2 * MINUTE_MS;

/** The slices follow a service's ports within so long. */
export const PORTS_FOLLOW_MS = 10_000;

/** What the parts of the fold share while one entry is applied. `now` is the entry's `observed_at`. */
export interface Desk {
  readonly cluster: string;
  readonly options: OutageOptions;
  readonly labels: LabelOptions;
  readonly indexes: Indexes;
  readonly context: FoldContext;
  readonly now: number;
}

/** Those whose rows can still change. */
export const intervalsOf = ({ open, lately }: Pick<ServiceRecord, 'open' | 'lately'>): IntervalRecord[] => [
  ...(lately ?? []),
  ...(open ?? []),
];

/** The pod that an endpoint of a service refers to. Slices are written by whoever may: one of another namespace is not its. */
export function podBehind(
  desk: Desk,
  { namespace }: Pick<ServiceRecord['row'], 'namespace'>,
  id: string,
): PodState | undefined {
  const pod = desk.context.state.get<PodState>(podKey(id));
  return pod?.namespace === namespace ? pod : undefined;
}

/** Writes what differs of a service, its intervals and the number of its endpoints, and stores its state. */
export function storeService(desk: Desk, uid: string, before: ServiceRecord | undefined, after: ServiceRecord): void {
  const { context, indexes } = desk;
  const written = new Map(before && intervalsOf(before).map(({ row }) => [row.id, row]));
  for (const { row } of intervalsOf(after)) {
    if (sameJson(written.get(row.id), row)) continue;
    context.emit(outagesTable, row.id, { ...row });
    context.publish('outage', row.id, { ...row });
  }
  if (after.judged) writeService(desk, uid, before, after);
  if (sameJson(before, after)) return;
  context.state.set(serviceKey(uid), after);
  indexes.putService(uid, after);
  indexes.due.put(serviceKey(uid), serviceDue(desk.options, after));
}

function writeService(desk: Desk, uid: string, before: ServiceRecord | undefined, after: ServiceRecord): void {
  const isFirst = !before?.judged;
  if (isFirst || !sameJson(before.row, after.row)) desk.context.emit(servicesTable, uid, { ...after.row });
  const counts = ({ row, serving }: ServiceRecord) => `${row.ready}/${serving}/${row.wanted}`;
  if (!isFirst && counts(before) === counts(after)) return;
  const { cluster, namespace, service, ready, wanted } = after.row;
  const at = stamp(Math.floor(desk.now / 1000) * 1000);
  const row: Omit<ServiceEndpointsRow, 'version'> = {
    cluster,
    namespace,
    service,
    at,
    ready,
    serving: after.serving,
    wanted,
  };
  desk.context.emit(serviceEndpointsTable, `${namespace}/${service}/${at}`, row);
}

/** When something about a service becomes due though no entry comes; Infinity for never. */
export function serviceDue(options: OutageOptions, service: ServiceRecord): number {
  const { judged, rises, row } = service;
  const [, raised] = rises?.[0] ?? [];
  const forgotten = (service.lately ?? []).map(({ ended }) => (ended?.seen ?? 0) + LATE_MS);
  return Math.min(
    judged ? Infinity : heldUntil(service),
    raised === undefined ? Infinity : raised + options.scale_up_minutes * MINUTE_MS,
    ...Object.values(service.added ?? {}).map(({ until }) => until),
    row.deleted_at === null ? Infinity : Date.parse(row.deleted_at) + LATE_MS,
    ...forgotten,
  );
}

export const heldUntil = ({ row }: ServiceRecord): number => Date.parse(row.first_seen_at) + LISTED_TOGETHER_MS;

/** When a part of the state that is not a service can be forgotten. */
export function forgottenAt(value: Partial<PodState & WorkloadState & NodeState & RolloutState>): number {
  const over = value.gone ?? value.finished ?? null;
  return over === null ? Infinity : over + REMEMBERED_MS;
}

/** Stores a part of the state that is forgotten some time after it is gone. */
export function storePart<T extends object>(desk: Desk, key: string, value: T): void {
  desk.context.state.set(key, value);
  desk.indexes.due.put(key, forgottenAt(value));
}
