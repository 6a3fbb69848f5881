import type { CheckItem } from './runs-api.ts';

type CheckName = CheckItem['name'];
/** How a threshold is written: a whole number, seconds, or a share of 1. */
export type ThresholdUnit = 'count' | 'seconds' | 'share';

export interface Threshold {
  /** As the API, the command line (with dashes) and the address call it. */
  readonly name: string;
  readonly check: CheckName;
  readonly unit: ThresholdUnit;
  /** What holds where none is given; null: it is not checked. */
  readonly usual: number | null;
  /** The largest that can be asked for. */
  readonly most: number;
}

/** What a run can be held against, in the order of the API's answer. */
export const THRESHOLDS: readonly Threshold[] = [
  { name: 'min_watched', check: 'watched', unit: 'share', usual: 1, most: 1 },
  { name: 'min_complete', check: 'complete', unit: 'share', usual: 0.95, most: 1 },
  { name: 'max_new_exceptions', check: 'new_exceptions', unit: 'count', usual: 0, most: 1_000_000 },
  { name: 'max_oom_kills', check: 'oom_kills', unit: 'count', usual: 0, most: 1_000_000 },
  { name: 'max_outages', check: 'outages', unit: 'count', usual: 0, most: 1_000_000 },
  { name: 'max_downtime_s', check: 'downtime_s', unit: 'seconds', usual: null, most: 1e9 },
  { name: 'max_failed_rollouts', check: 'failed_rollouts', unit: 'count', usual: 0, most: 1_000_000 },
  { name: 'max_unfinished_rollouts', check: 'unfinished_rollouts', unit: 'count', usual: 0, most: 1_000_000 },
  { name: 'max_memory_ratio', check: 'memory_ratio', unit: 'share', usual: null, most: 1000 },
  { name: 'max_cpu_ratio', check: 'cpu_ratio', unit: 'share', usual: null, most: 1000 },
  { name: 'max_throttled', check: 'throttled', unit: 'share', usual: null, most: 1 },
];

/** A least that must be reached; the others are a most. */
export const isLeast = (check: CheckName): boolean => check === 'found' || check === 'watched' || check === 'complete';

const NUMBER = /^\d+(\.\d+)?$/;

/** What somebody typed for a threshold; null where it is none that the API takes. '' is the usual one. */
export function readThreshold({ unit, most }: Threshold, text: string): number | '' | null {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (!(value <= most) || (unit === 'count' && !Number.isInteger(value))) return null;
  return value;
}

/** Thresholds that an address names, as the API's parameters; what cannot be read is left out. */
export function askedThresholds(param: (name: string) => string): Record<string, number> {
  const asked: Record<string, number> = {};
  for (const threshold of THRESHOLDS) {
    const value = readThreshold(threshold, param(threshold.name));
    if (typeof value === 'number') asked[threshold.name] = value;
  }
  return asked;
}
