import type { Range } from '../../lib/time/range.ts';
import { toPx, type TimeScale } from '../timeline/time-scale.ts';

/** Values of steps of one length, the first from `begin` (milliseconds) on; null where nothing is known. */
export interface Samples {
  readonly begin: number;
  readonly stepMs: number;
  readonly values: readonly (number | null)[];
}

/** A value that holds from `at` until the next; null: nothing is known, or none is set. */
export interface Hold {
  readonly at: number;
  readonly value: number | null;
}

/** area: filled down to 0; thin, solid, dashed: lines. */
export type LineLook = 'area' | 'thin' | 'solid' | 'dashed';

interface LineBase {
  readonly id: string;
  readonly title: string;
  readonly look: LineLook;
}
export type ChartLine = LineBase &
  (
    | { readonly kind: 'samples'; readonly samples: Samples }
    | { readonly kind: 'holds'; readonly holds: readonly Hold[]; readonly until: number }
  );

const short = (px: number): string => String(Math.round(px * 100) / 100);

/** Runs of known values, each with the index of its first. */
function runsOf(values: readonly (number | null)[]): { first: number; values: number[] }[] {
  const runs: { first: number; values: number[] }[] = [];
  let open: { first: number; values: number[] } | undefined;
  for (const [index, value] of values.entries()) {
    if (value === null) open = undefined;
    else if (open) open.values.push(value);
    else runs.push((open = { first: index, values: [value] }));
  }
  return runs;
}

interface Box {
  readonly scale: TimeScale;
  readonly heightPx: number;
  /** The value at the upper edge. */
  readonly top: number;
}

/**
 * A line through the middles of the steps; a run begins and ends at the edges of its steps, and nothing joins two runs. `area`: closed
 * along the lower edge.
 */
export function samplesPath({ begin, stepMs, values }: Samples, { scale, heightPx, top }: Box, area = false): string {
  const x = (index: number): string => short(toPx(scale, begin + index * stepMs));
  const y = (value: number): string => short(heightPx - (value / top) * heightPx);
  return runsOf(values)
    .map(({ first, values: run }) => {
      const [start, end] = [x(first), x(first + run.length)];
      const middles = run.map((value, at) => `L${x(first + at + 0.5)} ${y(value)}`).join('');
      const line = `${start} ${y(run[0] as number)}${middles}L${end} ${y(run.at(-1) as number)}`;
      return area ? `M${start} ${short(heightPx)}L${line}V${short(heightPx)}Z` : `M${line}`;
    })
    .join('');
}

/** Steps as level lines with their rises between; nothing where no value holds. */
export function holdsPath(holds: readonly Hold[], until: number, { scale, heightPx, top }: Box): string {
  let path = '';
  for (const [index, { at, value }] of holds.entries()) {
    const end = Math.min(until, holds[index + 1]?.at ?? until);
    if (value === null || end <= at) continue;
    const y = short(heightPx - (value / top) * heightPx);
    const joined = path !== '' && holds[index - 1]?.value !== null && index > 0;
    path += joined ? `V${y}` : `M${short(toPx(scale, at))} ${y}`;
    path += `H${short(toPx(scale, end))}`;
  }
  return path;
}

export const linePath = (line: ChartLine, box: Box, area = false): string =>
  line.kind === 'samples' ? samplesPath(line.samples, box, area) : holdsPath(line.holds, line.until, box);

/** What the line shows at an instant; null where nothing is known. */
export function valueAt(line: ChartLine, ms: number): number | null {
  if (line.kind === 'samples') {
    const { begin, stepMs, values } = line.samples;
    return values[Math.floor((ms - begin) / stepMs)] ?? null;
  }
  if (ms >= line.until) return null;
  return line.holds.findLast(({ at }) => at <= ms)?.value ?? null;
}

/** Stretches of the samples, within the range, in which nothing is known. */
export function gapsOf({ begin, stepMs, values }: Samples, { from, to }: Range): Range[] {
  const gaps: { from: number; to: number }[] = [];
  for (const [index, value] of values.entries()) {
    if (value !== null) continue;
    const gap = { from: Math.max(from, begin + index * stepMs), to: Math.min(to, begin + (index + 1) * stepMs) };
    const last = gaps.at(-1);
    if (gap.to <= gap.from) continue;
    if (last?.to === gap.from) last.to = gap.to;
    else gaps.push(gap);
  }
  return gaps;
}

const valuesOf = (line: ChartLine): readonly (number | null)[] =>
  line.kind === 'samples' ? line.samples.values : line.holds.map(({ value }) => value);

/** The largest value of all lines; 0 where none has one. */
export const highestOf = (lines: readonly ChartLine[]): number =>
  lines.reduce((most, line) => valuesOf(line).reduce<number>((top, value) => Math.max(top, value ?? 0), most), 0);

const STEPS = { 10: [1, 2, 2.5, 5, 10], 2: [1, 2, 4, 8, 10] } as const;

/**
 * Round values from 0 to at least `most`, at most `count` steps apart from each other. `size`: of the unit in which they are to be
 * round; of those counted by 1024 the steps are halves and doubles.
 */
export function valueTicks(most: number, count: number, size = 1, base: 10 | 2 = 10): number[] {
  const units = (most > 0 ? most : size) / size;
  const rough = units / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS[base].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const steps = Math.max(1, Math.ceil(units / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_none, index) => Number((index * step).toPrecision(12)) * size);
}
