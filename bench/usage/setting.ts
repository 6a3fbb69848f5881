import { AppError } from '../../platform/errors.ts';
import { BUCKET_RATIO } from '../../schemas/usage-buckets.ts';
import type { UsageShape } from './generate.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Midnight of a Monday that is past on any machine. */
export const FROM = Date.parse('2024-03-04T00:00:00Z');
export const CLUSTER = 'bench';

/** `BENCH_SCALE`, for trying: 0.1 is a tenth of the pods and of the days. 1 unless said. */
export const SCALE = Number(process.env['BENCH_SCALE'] ?? '1');
if (!(SCALE > 0 && SCALE <= 1)) throw new AppError('config_invalid', 'BENCH_SCALE is above 0 and at most 1');

/** `BENCH_KEEP`: a folder where what was prepared is kept for the next benchmark. */
export const KEEP = process.env['BENCH_KEEP'];

/** At least one. */
export const scaled = (count: number): number => Math.max(1, Math.round(count * SCALE));

/** 1,000 pods, one in twenty with a GPU, one in fifty for half of the time. */
export const shapeOf = (pods: number, toMs: number): UsageShape => ({
  seed: 7,
  pods,
  fromMs: FROM,
  toMs,
  shortLivedEvery: 50,
});

/** What sums, maxima and averages may differ by, relative to the greater. */
export const SAME = 1e-6;
/** Share of VictoriaMetrics' figures that may differ by more: it evaluates rates by rules of its own. */
export const VICTORIAS_OWN = 0.05;
/** A value told from its bucket: half a bucket, and what ranks lie apart. */
export const SAME_P95 = Math.sqrt(BUCKET_RATIO) - 1 + 0.001;

/** Figures by pod. */
export type Figures = ReadonlyMap<string, Readonly<Record<string, number | null>>>;

const apart = (one: number | null | undefined, other: number | null | undefined): number => {
  if (one === null || one === undefined) return other === null || other === undefined ? 0 : Number.POSITIVE_INFINITY;
  if (other === null || other === undefined) return Number.POSITIVE_INFINITY;
  return one === other ? 0 : Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other));
};

/**
 * Prints how far apart figures of ours and a peer's are, over the peer's columns. Throws where more than `share` of them differ by
 * more than `bound`.
 */
export function requireSame(what: string, ours: Figures, peers: Figures, bound: number, share = 0): void {
  let [worst, where, beyond, compared] = [0, '', 0, 0];
  for (const pod of new Set([...ours.keys(), ...peers.keys()])) {
    const [own, other] = [ours.get(pod), peers.get(pod)];
    for (const column of Object.keys(other ?? own ?? {})) {
      const difference = apart(own?.[column], other?.[column]);
      compared++;
      if (difference > bound) beyond++;
      if (difference <= worst) continue;
      [worst, where] = [difference, `${pod} ${column}: ${own?.[column]} and ${other?.[column]}`];
    }
  }
  console.log(
    `${what}: ${compared} figures of ${ours.size} pods, apart by ${worst.toExponential(1)} at most, ${beyond} beyond`,
  );
  if (compared === 0 || beyond > share * compared)
    throw new Error(`${what}: ${beyond} of ${compared} figures differ, most ${where}`);
}
