import { bucketOf, bucketValue } from '../../schemas/usage-buckets.ts';

/** What counts by bucket, the maximum and the sum of these values tell of their percentile; of some values, rising. */
export function bucketPercentile(rising: readonly number[], percent: number, base: number): number {
  const count = rising.length;
  const rank = Math.ceil((percent * count) / 100);
  const max = rising.at(-1)!;
  const sum = rising.reduce((all, value) => all + value, 0);
  const middle = bucketValue(bucketOf(rising[rank - 1]!, base), base);
  const isOne = bucketOf(rising[0]!, base) === bucketOf(max, base);
  return Math.min(max, Math.max(middle, (sum - (count - rank) * max) / rank, isOne ? sum / count : 0));
}
