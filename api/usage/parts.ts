import type { Resolution, UsageResolution } from '../../schemas/api/usage.ts';
import { USAGE_STEP_SECONDS } from '../../schemas/usage.ts';
import { toTime } from '../../platform/clock.ts';
import type { Period } from '../queries/service-conditions.ts';

export const STEP_MS: Readonly<Record<Resolution, number>> = {
  '30s': USAGE_STEP_SECONDS * 1000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};
const HOUR_MS = STEP_MS['1h'];
const DAY_MS = STEP_MS['1d'];
/** Up to here every instant is read. */
export const SHORT_MS = 6 * HOUR_MS;
/** Rows of 30 s are read for what no roll-up of groups answers up to here; beyond, sums of the pods' hours. */
export const LONGEST_RAW_MS = 48 * HOUR_MS;
/** A day is summed up from its hours once it is over; meanwhile they are read themselves. */
const DAY_IS_READY_AFTER_MS = HOUR_MS;

export interface Part extends Period {
  readonly step: Resolution;
}

/** What is read to answer for a range. */
export interface Plan {
  readonly range: Period;
  readonly why: UsageResolution['why'];
  readonly parts: readonly Part[];
  /** Groups are put together from the rows of pods, since no roll-up of groups answers. */
  readonly fromPods: boolean;
  /** False: groups put together from hours of pods, which do not tell what was used at the same instant. */
  readonly exact: boolean;
}

export const floorTo = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
export const ceilTo = (ms: number, stepMs: number): number => Math.ceil(ms / stepMs) * stepMs;

/** Instants of the 30 s grid in the range. */
export const instantsIn = ({ from, to }: Period): number =>
  Math.max(0, ceilTo(to, STEP_MS['30s']) - ceilTo(from, STEP_MS['30s'])) / STEP_MS['30s'];

const COARSEST: readonly Resolution[] = ['1d', '1h', '30s'];

/** The coarsest rows of a plan. */
export const coarsestOf = (parts: readonly Part[]): Resolution =>
  COARSEST.find((step) => parts.some((part) => part.step === step)) ?? '30s';

function whyOf(parts: readonly Part[]): Plan['why'] {
  if (parts.every(({ step }) => step === '1d')) return 'days';
  if (parts.every(({ step }) => step === '1h')) return 'hours';
  return 'edges';
}

/**
 * The coarsest rows that answer for the range with every instant in it and none outside: whole days (UTC), around them whole hours,
 * around these instants. A range that ends now ends with the hour that goes on: its roll-up has as much as is imported. `cutsAcross`:
 * the filters or the scope select among the pods of a group, so that no roll-up of groups answers.
 */
export function planRange(range: Period, nowMs: number, cutsAcross = false): Plan {
  const { from, to } = range;
  const whole = { range, parts: [{ step: '30s', from, to }], fromPods: cutsAcross, exact: true } as const;
  if (to - from <= SHORT_MS) return { ...whole, why: 'short' };
  if (cutsAcross && to - from <= LONGEST_RAW_MS) return { ...whole, why: 'filter' };

  const hours = { from: ceilTo(from, HOUR_MS), to: to >= nowMs ? ceilTo(to, HOUR_MS) : floorTo(to, HOUR_MS) };
  const last = floorTo(Math.min(hours.to, nowMs - DAY_IS_READY_AFTER_MS), DAY_MS);
  const first = ceilTo(hours.from, DAY_MS);
  const days = !cutsAcross && last > first ? { from: first, to: last } : { from: hours.to, to: hours.to };
  const parts = [
    { step: '30s', from, to: hours.from },
    { step: '1h', from: hours.from, to: days.from },
    { step: '1d', from: days.from, to: days.to },
    { step: '1h', from: days.to, to: hours.to },
    { step: '30s', from: hours.to, to },
  ] as const;
  const used = parts.filter((part) => part.to > part.from);
  return { range, parts: used, fromPods: cutsAcross, exact: !cutsAcross, why: cutsAcross ? 'filter' : whyOf(used) };
}

/** A plan as the API tells it. */
export const resolutionOf = ({ range, parts, why, exact }: Plan): UsageResolution => ({
  step: coarsestOf(parts),
  why,
  exact,
  parts: parts.map(({ step, from, to }) => ({ step, from: toTime(from), to: toTime(Math.min(to, range.to)) })),
});
