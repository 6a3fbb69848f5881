import type { Entry } from '../../../schemas/entry.ts';
import type { ServiceObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { teamOf } from '../objects/labels.ts';
import { stamp } from '../objects/times.ts';
import { isTold } from './coverage.ts';
import type { Desk } from './desk.ts';
import { PORTS_FOLLOW_MS, storeService } from './desk.ts';
import { serviceTarget } from './indexes.ts';
import { endInterval } from './intervals.ts';
import { changeService, judge } from './judge.ts';
import type { ServiceOwnRow, ServiceRecord } from './state.ts';
import { serviceKey } from './state.ts';

/** Of more, the rest is not looked at: each may have intervals of its own. */
const MOST_PORTS = 100;
const OBJECTIVE = 'tidemark.dev/slo';

/** A service that is new, has changed, or is gone. */
export function applyService(desk: Desk, entry: Entry): void {
  const before = desk.context.state.get<ServiceRecord>(serviceKey(entry.uid));
  if (entry.op === 'delete' || entry.op === 'vanished') {
    if (before && before.row.deleted_at === null) removeService(desk, entry.uid);
    return;
  }
  const replaced = desk.indexes.uidOf(serviceTarget(entry.namespace, entry.name));
  if (replaced !== undefined && replaced !== entry.uid) removeService(desk, replaced);
  const after = readService(desk, entry, before);
  if (sameJson(before, after)) return;
  storeService(desk, entry.uid, before, after);
  judge(desk, entry.uid);
}

function readService(desk: Desk, entry: Entry, before: ServiceRecord | undefined): ServiceRecord {
  const { metadata, spec } = entry.object as ServiceObject;
  const row: ServiceOwnRow = {
    ...(before?.row ?? blankRow(desk, entry)),
    type: typeOf(spec),
    objective: objectiveOf(metadata?.annotations?.[OBJECTIVE]),
  };
  const own = teamOf(desk.labels, metadata?.labels);
  row.team = own.team || row.team;
  row.environment = own.environment || row.environment;
  const { publishes_all: _, ...rest } = before ?? { expected: 0, serving: 0, floor: desk.now, intervals: 0 };
  const ports = [...new Set((spec?.ports ?? []).slice(0, MOST_PORTS).map(({ name }) => name ?? ''))];
  return {
    ...rest,
    row,
    selector: spec?.selector ?? {},
    own,
    ports,
    ...(before && addedPorts(desk, before, ports)),
    ...(spec?.publishNotReadyAddresses && { publishes_all: true as const }),
    ...(!before && entry.op === 'add' && { made: true as const }),
    ...(before && !sameJson(before.selector, spec?.selector ?? {}) && { reselected: desk.now }),
  };
}

function addedPorts(desk: Desk, { ports: known, added }: ServiceRecord, ports: readonly string[]) {
  const fresh = ports
    .filter((port) => !known.includes(port))
    .map((port) => [port, { until: desk.now + PORTS_FOLLOW_MS }] as const);
  return fresh.length > 0 ? { added: { ...added, ...Object.fromEntries(fresh) } } : {};
}

const typeOf = (spec: ServiceObject['spec']): string => {
  const type = spec?.type ?? 'ClusterIP';
  return type === 'ClusterIP' && spec?.clusterIP === 'None' ? 'Headless' : type;
};

/** Percent; null where the annotation is missing or says nothing that can be one. */
function objectiveOf(annotation: string | undefined): number | null {
  const [, text] = /^\s*(\d{1,3}(?:\.\d+)?)\s*%?\s*$/.exec(annotation ?? '') ?? [];
  const percent = Number(text ?? Number.NaN);
  return percent <= 100 ? percent : null;
}

function blankRow(desk: Desk, { namespace, name, uid }: Entry): ServiceOwnRow {
  const now = stamp(desk.now);
  return {
    cluster: desk.cluster,
    namespace,
    service: name,
    service_uid: uid,
    type: '',
    state: 'never-ready',
    since: now,
    ready: 0,
    wanted: 0,
    workloads: [],
    team: '',
    environment: '',
    objective: null,
    first_seen_at: now,
    first_ready_at: null,
    deleted_at: null,
  };
}

/** With a service its intervals end. */
function removeService(desk: Desk, uid: string): void {
  changeService(desk, uid, (service) => {
    service.judged ??= true;
    for (const interval of service.open ?? []) endInterval(desk, service, interval, { gained: [], slice: '' });
    const now = stamp(desk.now);
    service.serving = 0;
    service.row = { ...service.row, state: 'gone', since: now, ready: 0, wanted: 0, deleted_at: now };
  });
}

/** A first list is complete: those who waited for it can be looked at. */
export function judgeHeld(desk: Desk, namespace: string): void {
  for (const uid of [...desk.indexes.held].sort()) {
    const service = desk.context.state.get<ServiceRecord>(serviceKey(uid));
    const isAbout = service !== undefined && (namespace === '' || service.row.namespace === namespace);
    if (isAbout && isTold(desk, service)) judge(desk, uid);
  }
}
