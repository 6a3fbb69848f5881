import type { UsedMeasure } from '../../schemas/usage.ts';
import { NAMINGS, OLD_NAMINGS, type Candidate, type Naming, type Reading } from './measures-candidate.ts';
import { isSet, matcher, ofMetric } from './selector.ts';

interface Family {
  readonly measure: UsedMeasure;
  readonly reading: Reading;
  readonly metrics: readonly [string] | readonly [string, string];
  /** A pod's network is its sandbox's, which is a container named POD under Docker and has no name elsewhere. */
  readonly of: 'containers' | 'sandbox';
  /**
   * Labels that tell its series of one container, or of the sandbox, apart. Not id, name and image: a restarted container has others,
   * the series before it is answered for five minutes more (cAdvisor's samples have times of their own, so no marker ends them), and the
   * two would be added up.
   */
  readonly by: readonly string[];
}

const container = (measure: UsedMeasure, reading: Reading, metrics: Family['metrics'], ...by: string[]): Family => ({
  measure,
  reading,
  metrics,
  of: 'containers',
  by,
});
const sandbox = (measure: UsedMeasure, metric: string): Family => ({
  measure,
  reading: 'rate',
  metrics: [metric],
  of: 'sandbox',
  by: ['interface'],
});

const FAMILIES: readonly Family[] = [
  container('cpu_cores', 'rate', ['container_cpu_usage_seconds_total'], 'cpu'),
  container('cpu_throttled', 'share', ['container_cpu_cfs_throttled_periods_total', 'container_cpu_cfs_periods_total']),
  container('memory_bytes', 'level', ['container_memory_working_set_bytes']),
  sandbox('network_receive_bytes_per_second', 'container_network_receive_bytes_total'),
  sandbox('network_transmit_bytes_per_second', 'container_network_transmit_bytes_total'),
  container('file_read_bytes_per_second', 'rate', ['container_fs_reads_bytes_total'], 'device'),
  container('file_write_bytes_per_second', 'rate', ['container_fs_writes_bytes_total'], 'device'),
  container('file_bytes', 'level', ['container_fs_usage_bytes'], 'device'),
];

/** What the kubelet's cAdvisor tells of CPU, memory, network and file systems, under its labels of today and of old. */
export const cadvisorCandidates = (): Candidate[] =>
  FAMILIES.flatMap((family) => [...NAMINGS, ...OLD_NAMINGS].map((naming) => candidateOf(family, naming)));

function candidateOf({ measure, reading, metrics, of, by }: Family, naming: Naming): Candidate {
  const ofContainers = of === 'containers';
  const named = [isSet(naming.container), matcher(naming.container, '!=', 'POD')];
  const matchers = ofContainers ? [...named, ...naming.matchers] : naming.matchers;
  const [first, second] = metrics;
  return {
    measure,
    source: `cadvisor${naming.suffix}`,
    reading,
    selectors:
      second === undefined
        ? [ofMetric(first, ...matchers)]
        : [ofMetric(first, ...matchers), ofMetric(second, ...matchers)],
    labels: naming.labels,
    parts: ofContainers ? [naming.container, ...by] : by,
    scale: 1,
  };
}
