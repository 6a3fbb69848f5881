import { bucketValueSql } from '../../../schemas/usage-buckets.ts';

/** Expressions: a map of counts by bucket, and of the same values the greatest, the sum and the count. */
export interface Buckets {
  readonly buckets: string;
  readonly max: string;
  readonly sum: string;
  readonly count: string;
  /** As `BUCKET_BASES` has it. */
  readonly base: number;
}

/**
 * SQL of a percentile by nearest rank out of counts by bucket; null where there are none. The middle of the bucket that the rank falls
 * into, as far as it agrees with what is known exactly: it is not above the maximum; with `r` values up to it and the others no greater
 * than the maximum, it is not below (sum - (count - r) × max) / r, which makes it the value itself where that never changes; and where
 * all values lie in one bucket it is not below their average.
 */
export function percentileSql({ buckets, max, sum, count, base }: Buckets, percent: number): string {
  const counts = `mapValues(${buckets})`;
  const rank = `intDiv(${percent} * arraySum(${counts}) + 99, 100)`;
  const at = `arrayFirstIndex(reached -> reached >= ${rank}, arrayCumSum(${counts}))`;
  const middle = bucketValueSql(`arrayElement(mapKeys(${buckets}), ${at})`, base);
  const least = `(${sum} - (toFloat64(${count}) - ${rank}) * ${max}) / ${rank}`;
  const average = `if(length(${buckets}) = 1, ${sum} / ${count}, 0)`;
  return `if(empty(${buckets}), NULL, least(${max}, greatest(${middle}, assumeNotNull(${least}), ${average})))`;
}
