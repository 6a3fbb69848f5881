import type { ChartLine, LineLook } from '../../ui/chart/lines.ts';
import type { UsageMetric, UsageSeries } from './usage-api.ts';

/** What is drawn of one resource, and what of it the API calls how. */
export interface PlotOf {
  readonly id: 'cpu' | 'memory' | 'gpu' | 'gpuMemory' | 'throttled';
  readonly used: UsageMetric;
  readonly request?: UsageMetric;
  readonly limit?: UsageMetric;
}

export const PLOTS: readonly PlotOf[] = [
  { id: 'cpu', used: 'cpu_cores', request: 'cpu_request_cores', limit: 'cpu_limit_cores' },
  { id: 'memory', used: 'memory_bytes', request: 'memory_request_bytes', limit: 'memory_limit_bytes' },
  { id: 'throttled', used: 'cpu_throttled' },
  { id: 'gpu', used: 'gpu_utilisation' },
  { id: 'gpuMemory', used: 'gpu_memory_bytes' },
];
/** What a series of a group can be asked for: shares cannot be summed. */
const OF_GROUPS = new Set<PlotOf['id']>(['cpu', 'memory', 'gpuMemory']);
/** Drawn where something is known of them; the others always. */
const WHERE_KNOWN = new Set<PlotOf['id']>(['throttled', 'gpu', 'gpuMemory']);

export const plotsFor = (group: boolean): PlotOf[] => PLOTS.filter(({ id }) => !group || OF_GROUPS.has(id));
export const metricsOf = (plots: readonly PlotOf[]): UsageMetric[] =>
  plots.flatMap(({ used, request, limit }) => [used, request, limit].filter((one) => one !== undefined));

type LineId = 'avg' | 'max' | 'request' | 'limit';

/**
 * The lines of a plot: average and maximum of each step, and request and limit where one was ever set. `titleOf`: in the reader's
 * language. Empty where nothing is known of something that is drawn only then.
 */
export function linesOf(plot: PlotOf, series: UsageSeries, titleOf: (id: LineId) => string): ChartLine[] {
  const begin = Date.parse(series.begin);
  const stepMs = series.step_seconds * 1000;
  const until = begin + series.points * stepMs;
  const used = series.used.find(({ metric }) => metric === plot.used);
  if (WHERE_KNOWN.has(plot.id) && !used?.avg.some((value) => value !== null && value > 0)) return [];
  const line = (id: LineId, look: LineLook) => ({ id, title: titleOf(id), look });
  const samples = (id: 'avg' | 'max', look: LineLook): ChartLine => ({
    ...line(id, look),
    kind: 'samples',
    samples: { begin, stepMs, values: used?.[id] ?? Array.from({ length: series.points }, () => null) },
  });
  const holds = (id: 'request' | 'limit', look: LineLook): ChartLine[] => {
    const steps = series.set.find(({ metric }) => metric === plot[id])?.steps ?? [];
    if (steps.every(({ value }) => value === null)) return [];
    return [
      { ...line(id, look), kind: 'holds', until, holds: steps.map(({ at, value }) => ({ at: Date.parse(at), value })) },
    ];
  };
  return [samples('avg', 'area'), samples('max', 'thin'), ...holds('request', 'dashed'), ...holds('limit', 'solid')];
}
