import type { Entry } from '../../../schemas/entry.ts';
import { autoscalersTable } from '../../../schemas/resources.ts';
import type { AutoscalerRow } from '../../../schemas/resources.ts';
import { millis } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { fieldsOf, listOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Reading, SpanKind } from './spans.ts';
import { AUTOSCALER_PREFIX } from './state.ts';
import type { Written } from './state.ts';

export type ScalerRow = Written<AutoscalerRow>;

/** What the columns hold. */
const MOST_REPLICAS = 2 ** 32 - 1;
const MOST_PERCENT = 2 ** 31 - 1;

/** HorizontalPodAutoscalers: what each scales between which numbers, and by which targets. */
export const autoscalerSpans: SpanKind<ScalerRow> = {
  prefix: AUTOSCALER_PREFIX,
  table: autoscalersTable,
  set: ['workload_kind', 'workload', 'min_replicas', 'max_replicas', 'cpu_target_percent', 'memory_target_percent'],
  read: readAutoscaler,
};

function readAutoscaler(_desk: Desk, entry: Entry): Reading<ScalerRow> | null {
  const { metadata } = entry.object;
  if (entry.object['spec'] === undefined) return null;
  const spec = fieldsOf(entry.object['spec']);
  const target = fieldsOf(spec['scaleTargetRef']);
  return {
    content: {
      namespace: entry.namespace,
      name: entry.name,
      workload_kind: textOf(target['kind']),
      workload: textOf(target['name']),
      // The API server's own default.
      min_replicas: wholeOf(spec['minReplicas'], MOST_REPLICAS) ?? 1,
      max_replicas: wholeOf(spec['maxReplicas'], MOST_REPLICAS) ?? 0,
      cpu_target_percent: percentOf(spec, 'cpu') ?? wholeOf(spec['targetCPUUtilizationPercentage'], MOST_PERCENT),
      memory_target_percent: percentOf(spec, 'memory'),
    },
    started: millis(textOf(fieldsOf(metadata)['creationTimestamp'])),
    ended: null,
  };
}

/** The target of a resource's mean utilisation: the pods', or else a container's. */
function percentOf(spec: Fields, resource: string): number | null {
  const metrics = listOf(spec['metrics']).map(fieldsOf);
  const targets = [...metrics.map(({ resource: own }) => own), ...metrics.map((metric) => metric['containerResource'])];
  for (const each of targets) {
    const { name, target } = fieldsOf(each);
    const percent = name === resource ? wholeOf(fieldsOf(target)['averageUtilization'], MOST_PERCENT) : null;
    if (percent !== null) return percent;
  }
  return null;
}

const wholeOf = (value: unknown, most: number): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : null;
