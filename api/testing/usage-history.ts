import { toTime } from '../../platform/clock.ts';
import { MEASURE_NAMES, type PodUsageRow } from '../../schemas/usage.ts';
import { NOON } from './rows.ts';
import { DAY_MS, podUsageRow } from './usage-rows.ts';

const HOUR_MS = 3_600_000;
const START = NOON - 3.5 * DAY_MS;

/** A number in [0, 1) of whole numbers, the same each time. */
function noise(...of: number[]): number {
  let state = 2_166_136_261;
  for (const one of of) state = Math.imul(state ^ one, 16_777_619) ^ (state >>> 13);
  return (Math.imul(state ^ (state >>> 15), 2_246_822_519) >>> 0) / 2 ** 32;
}

const PODS = [
  { pod: 'web-1', workload: 'web', node: 'node-1' },
  { pod: 'web-2', workload: 'web', node: 'node-2' },
  { pod: "o'db-0", workload: "o'db", workload_kind: 'StatefulSet', node: 'node-2', team: 'data', environment: '' },
  { pod: 'job-9', namespace: 'b', workload: 'job', workload_kind: 'Job', node: 'node-1', team: '' },
  { pod: 'web-1', cluster: 'west', workload: 'web', node: 'node-1' },
];

/**
 * Three and a half days of five pods up to noon: every instant of the last 8 hours, each twentieth before, with holes and with measures
 * that are not known. The same each time.
 */
export function usageHistory(): PodUsageRow[] {
  const rows: PodUsageRow[] = [];
  PODS.forEach((pod, index) => {
    for (let ms = START; ms < NOON; ms += 30_000) {
      const tick = ms / 30_000;
      const dense = ms >= NOON - 8 * HOUR_MS;
      if (!dense && tick % 20 !== index) continue;
      if (noise(index, tick, 7) < 0.05) continue;
      const values = MEASURE_NAMES.map((name, place) => {
        const known = noise(index, tick, place) > 0.1 && !(index === 3 && name.startsWith('gpu'));
        const scale = name.includes('bytes') ? 1e8 : 2;
        return [name, known ? scale * noise(place, tick, index) : null] as const;
      });
      rows.push(
        podUsageRow({
          ...pod,
          at: toTime(ms),
          ...Object.fromEntries(values),
          memory_limit_bytes: index === 2 ? null : 2e8,
        }),
      );
    }
  });
  return rows;
}
