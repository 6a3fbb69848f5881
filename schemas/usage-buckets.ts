/**
 * Logarithmic buckets, 5 % apart, for percentiles of roll-ups. Bucket 0 holds what lies below the base, bucket n the values from
 * base × 1.05^(n − 1) up to base × 1.05^n. A value told from its bucket alone is wrong by 2.5 % at most.
 */
export const BUCKET_RATIO = 1.05;
export const LAST_BUCKET = 65_535;

/** The least value that has a bucket of its own. What is smaller counts as nothing. */
export const BUCKET_BASES = {
  cpu_cores: 0.000_1,
  memory_bytes: 10_000,
  gpu_utilisation: 0.000_1,
  gpu_memory_bytes: 10_000,
} as const;
export type BucketedMeasure = keyof typeof BUCKET_BASES;
export const BUCKETED_MEASURES = Object.keys(BUCKET_BASES) as readonly BucketedMeasure[];

/** The bucket that a value ≥ 0 falls into; the same as `bucketSql` gives. */
export const bucketOf = (value: number, base: number): number =>
  value < base ? 0 : Math.min(LAST_BUCKET, 1 + Math.floor(Math.log(value / base) / Math.log(BUCKET_RATIO)));

/** The value that stands for a bucket: the geometric middle of its bounds, 0 for bucket 0. */
export const bucketValue = (bucket: number, base: number): number =>
  bucket === 0 ? 0 : base * BUCKET_RATIO ** (bucket - 0.5);

/** SQL of the bucket of an expression. */
export const bucketSql = (expression: string, base: number): string =>
  `if(${expression} < ${base}, 0, least(${LAST_BUCKET}, 1 + floor(log(${expression} / ${base}) / log(${BUCKET_RATIO}))))`;

/** SQL of the value that stands for a bucket. */
export const bucketValueSql = (bucket: string, base: number): string =>
  `if(${bucket} = 0, 0, ${base} * pow(${BUCKET_RATIO}, ${bucket} - 0.5))`;
