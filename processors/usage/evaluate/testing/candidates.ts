import { POD, type Candidate } from '../../measures-candidate.ts';
import { ofMetric } from '../../selector.ts';

const base = { labels: POD, scale: 1 } as const;

export const LEVEL: Candidate = {
  ...base,
  measure: 'memory_bytes',
  source: 'level',
  reading: 'level',
  selectors: [ofMetric('level')],
  parts: ['container'],
};
export const RATE: Candidate = {
  ...base,
  measure: 'cpu_cores',
  source: 'rate',
  reading: 'rate',
  selectors: [ofMetric('work_total')],
  parts: ['container'],
};
export const SHARE: Candidate = {
  ...base,
  measure: 'cpu_throttled',
  source: 'share',
  reading: 'share',
  selectors: [ofMetric('throttled_total'), ofMetric('periods_total')],
  parts: ['container'],
};
export const GREATEST: Candidate = {
  ...base,
  measure: 'gpu_memory_bytes',
  source: 'greatest',
  reading: 'level',
  selectors: [ofMetric('gpu')],
  parts: [],
  scale: 1_048_576,
};
