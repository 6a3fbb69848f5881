import { bucketSql, BUCKET_BASES, type BucketedMeasure } from '../../../schemas/usage-buckets.ts';
import type { Measure } from '../../../schemas/usage.ts';

/** Maximum, sum and count of each measure over the instants in which it is known. */
export const summariesOfInstants = (measures: readonly Measure[]): string[] =>
  measures.flatMap((name) => [
    `max(${name}) AS ${name}_max`,
    `ifNull(sum(${name}), 0) AS ${name}_sum`,
    `count(${name}) AS ${name}_count`,
  ]);

/** How many of the known instants fall into each bucket. */
export const bucketsOfInstants = (measures: readonly BucketedMeasure[]): string[] =>
  measures.map((name) => {
    const bucket = `toUInt16(${bucketSql(`assumeNotNull(${name})`, BUCKET_BASES[name])})`;
    return `sumMapIf(map(${bucket}, toUInt32(1)), isNotNull(${name})) AS ${name}_buckets`;
  });

/** The same of roll-ups that are rolled up once more. */
export const summariesOfRollUps = (measures: readonly Measure[]): string[] =>
  measures.flatMap((name) => [
    `max(${name}_max) AS ${name}_max`,
    `sum(${name}_sum) AS ${name}_sum`,
    `sum(${name}_count) AS ${name}_count`,
  ]);

export const bucketsOfRollUps = (measures: readonly BucketedMeasure[]): string[] =>
  measures.map((name) => `sumMap(${name}_buckets) AS ${name}_buckets`);
