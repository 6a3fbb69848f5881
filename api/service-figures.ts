import type { QueryOptions, Store } from '../platform/store/store.ts';
import type { SlaBy, SlaDay, SlaLine } from '../schemas/api/sla.ts';
import { listDays } from './queries/calendar.ts';
import type { Period, ServiceChoice, ServiceName } from './queries/service-conditions.ts';
import type { OutageRef, Service } from './queries/services.ts';
import { readHistories } from './queries/sla.ts';
import type { Scope } from './scope.ts';
import {
  addRanges,
  dayOf,
  figuresOf,
  isSpent,
  likelyAvailability,
  rangeSlices,
  rangeSums,
  type RangeSums,
} from './sla-figures.ts';
import { createObjectives } from './sla-objective.ts';
import type { SlaOptions } from './sla-options.ts';
import { sumSlices } from './sla-sums.ts';
import { createTurns } from './turns.ts';

/** A service, and what its figures are made of. */
export interface MeasuredService {
  readonly service: Service;
  readonly sums: RangeSums;
  readonly objectiveFrom: 'annotation' | 'configuration';
  /** The newest of the period. */
  readonly lastOutage: OutageRef | null;
}

export const nameKey = ({ cluster, namespace, service }: ServiceName): string =>
  JSON.stringify([cluster, namespace, service]);

/** The chosen services with their sums over the period, by name. */
export async function measureServices(
  scope: Scope,
  store: Store,
  request: { choice: ServiceChoice; period: Period; sla: SlaOptions },
  options: QueryOptions,
): Promise<MeasuredService[]> {
  const { choice, period, sla } = request;
  const histories = await readHistories(scope, store, { choice, period }, options);
  const slices = rangeSlices(period);
  const objectiveOf = createObjectives(sla);
  const takeTurns = createTurns();
  const measured: MeasuredService[] = [];
  for (const { service, lives, lastOutage } of histories) {
    const { objective, objective_from: objectiveFrom } = objectiveOf(service);
    measured.push({ service, sums: rangeSums(sumSlices(lives, slices), objective), objectiveFrom, lastOutage });
    await takeTurns();
  }
  return measured;
}

/** The days' bars of each of the named services, by `nameKey`. */
export async function measureDays(
  scope: Scope,
  store: Store,
  request: { names: readonly ServiceName[]; to: number; zone: string; days: number },
  options: QueryOptions,
): Promise<Map<string, SlaDay[]>> {
  const { names, to, zone } = request;
  if (names.length === 0 || request.days === 0) return new Map();
  const days = await listDays(store, { zone, to, days: request.days }, options);
  const slices = days.map((day) => ({ from: day.from, to: Math.min(day.to, to) }));
  const period = { from: slices[0]?.from ?? to, to };
  const histories = await readHistories(scope, store, { choice: { names }, period }, options);
  const takeTurns = createTurns();
  const bars = new Map<string, SlaDay[]>();
  for (const { service, lives } of histories) {
    const sums = sumSlices(lives, slices);
    bars.set(
      nameKey(service),
      days.map((day, index) => dayOf(day, sums[index] ?? null)),
    );
    await takeTurns();
  }
  return bars;
}

/** Whether any time of the range counts. */
export const hasFigures = ({ sums }: MeasuredService): boolean => sums.range.counted_ms > 0;

/** Whether it had been ready, and was not deleted before, at any time of the range. */
export const livedIn = ({ sums: { range } }: MeasuredService): boolean => range.counted_all_ms + range.off_ms > 0;

/** Worst first: by likely availability; those without come last. */
export function compareWorst(a: RangeSums, b: RangeSums): number {
  const [first, second] = [likelyAvailability(a) ?? Infinity, likelyAvailability(b) ?? Infinity];
  if (first !== second) return first < second ? -1 : 1;
  return b.range.worst_ms - a.range.worst_ms;
}

const same = (values: readonly string[]): string => (new Set(values).size === 1 ? (values[0] ?? '') : '');

/** A line about all of the services; a name that they do not share is ''. */
function lineOf(members: readonly MeasuredService[], sums: RangeSums): SlaLine {
  const shared = (field: 'cluster' | 'namespace' | 'team' | 'environment') =>
    same(members.map(({ service }) => service[field]));
  return {
    cluster: shared('cluster'),
    namespace: shared('namespace'),
    service: '',
    team: shared('team'),
    environment: shared('environment'),
    services: members.length,
    missed: members.filter((member) => isSpent(member.sums)).length,
    ...figuresOf(sums),
  };
}

/** A line about all of them together. */
export const totalLine = (members: readonly MeasuredService[]): SlaLine =>
  lineOf(members, addRanges(members.map(({ sums }) => sums)));

/** A line a service, or a team, ..., worst first. */
export function linesBy(services: readonly MeasuredService[], by: SlaBy): SlaLine[] {
  const groups = Map.groupBy(services, ({ service }) => (by === 'service' ? nameKey(service) : service[by]));
  return [...groups]
    .map(([key, members]) => ({ key, members, sums: addRanges(members.map(({ sums }) => sums)) }))
    .toSorted((a, b) => compareWorst(a.sums, b.sums) || (a.key < b.key ? -1 : 1))
    .map(({ members, sums }) => ({
      ...lineOf(members, sums),
      ...(by === 'service' ? { service: members[0]?.service.service ?? '' } : {}),
    }));
}
