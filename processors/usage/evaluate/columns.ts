import { MEASURE_NAMES, type Measure } from '../../../schemas/usage.ts';
import type { Grid } from './grid.ts';
import { keptRate, RATES } from './kept-rate.ts';
import { MEASURE_NUMBERS, type PodInstants, type PodName } from './pods.ts';

/** Rows of a window, column by column: one for each pod and instant at which anything is known of it. */
export interface UsageColumns {
  readonly rows: number;
  /** The pods that have rows, by namespace and name. */
  readonly pods: readonly PodName[];
  /** For each row its pod's place in `pods`. */
  readonly podIndexes: Uint32Array;
  /** For each row its instant, in milliseconds since the Unix epoch; rising within a pod. */
  readonly atMs: Float64Array;
  /**
   * For each measure its value in each row, NaN where it is not known; of rates as `keptRate` has them. A measure that is known in
   * none may have no column.
   */
  readonly measures: Readonly<Partial<Record<Measure, Float64Array>>>;
}

/** A pod and the numbers of the instants at which anything is known of it. */
interface Known {
  readonly pod: PodInstants;
  readonly instants: Uint32Array;
}

/** Puts pods, sorted by namespace and name, into blocks of whole pods. A block has more than `mostRows` rows only for one pod. */
export function* columnsOf(
  grid: Grid,
  pods: readonly PodInstants[],
  mostRows: number,
): Generator<UsageColumns, void, undefined> {
  let block: Known[] = [];
  let rows = 0;
  for (const pod of pods) {
    const instants = knownInstants(grid, pod);
    if (instants.length === 0) continue;
    if (rows > 0 && rows + instants.length > mostRows) {
      yield blockOf(grid, block, rows);
      block = [];
      rows = 0;
    }
    block.push({ pod, instants });
    rows += instants.length;
  }
  if (rows > 0) yield blockOf(grid, block, rows);
}

function blockOf(grid: Grid, block: readonly Known[], rows: number): UsageColumns {
  const podIndexes = new Uint32Array(rows);
  const atMs = new Float64Array(rows);
  const measures: Partial<Record<Measure, Float64Array>> = {};
  let row = 0;
  for (const [index, { pod, instants }] of block.entries()) {
    podIndexes.fill(index, row, row + instants.length);
    for (let place = 0; place < instants.length; place++) {
      atMs[row + place] = grid.fromMs + (instants[place] as number) * grid.stepMs;
    }
    for (const name of MEASURE_NAMES) {
      const values = pod.values[MEASURE_NUMBERS[name]];
      if (!values) continue;
      const column = (measures[name] ??= new Float64Array(rows).fill(Number.NaN));
      const isRate = RATES.has(name);
      for (let place = 0; place < instants.length; place++) {
        const value = values[instants[place] as number] as number;
        column[row + place] = isRate ? keptRate(value) : value;
      }
    }
    row += instants.length;
  }
  const pods = block.map(({ pod: { namespace, pod } }) => ({ namespace, pod }));
  return { rows, pods, podIndexes, atMs, measures };
}

function knownInstants(grid: Grid, { values, ran }: PodInstants): Uint32Array {
  const marks = ran?.slice() ?? new Uint8Array(grid.count);
  for (const column of values) {
    if (!column) continue;
    for (let instant = 0; instant < grid.count; instant++) {
      if (!Number.isNaN(column[instant])) marks[instant] = 1;
    }
  }
  const known = new Uint32Array(grid.count);
  let count = 0;
  for (let instant = 0; instant < grid.count; instant++) {
    if (marks[instant] === 1) known[count++] = instant;
  }
  return known.subarray(0, count);
}
