import type { Measure } from '../../../../schemas/usage.ts';
import type { UsageWindow } from '../window.ts';

/** What is known of a measure, by `namespace/pod instant`, the instant in milliseconds after `fromMs`. */
export function valuesOf(window: UsageWindow, measure: Measure, fromMs: number): Map<string, number> {
  const values = new Map<string, number>();
  for (const { rows, pods, podIndexes, atMs, measures } of window.blocks(100)) {
    for (let row = 0; row < rows; row++) {
      const { namespace, pod } = pods[podIndexes[row]!]!;
      const value = measures[measure]?.[row] ?? Number.NaN;
      if (!Number.isNaN(value)) values.set(`${namespace}/${pod} ${atMs[row]! - fromMs}`, value);
    }
  }
  return values;
}
