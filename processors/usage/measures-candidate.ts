import type { Measure } from '../../schemas/usage.ts';
import type { Matcher, Selector } from './prometheus/matchers.ts';
import { isNotSet, isSet, labelName, selectorText } from './selector.ts';

/** Labels that say whose a series is. */
export interface PodLabels {
  readonly namespace: string;
  readonly pod: string;
}

/**
 * `level`: the newest sample within the lookback. `rate`: irate over 2 minutes. `share`: the sum of the rates of the first
 * selector over that of the second, unknown where the second is 0.
 */
export type Reading = 'level' | 'rate' | 'share';

/** One way in which a measure can be had from a server. */
export interface Candidate {
  readonly measure: Measure;
  /** Unique among the candidates of its measure: what the configuration and the rows call it. */
  readonly source: string;
  readonly reading: Reading;
  /** One, or for a share two: what is divided, and by what. */
  readonly selectors: readonly [Selector] | readonly [Selector, Selector];
  readonly labels: PodLabels;
  /**
   * Labels that tell the parts of a pod's value apart (container, interface, ...): the parts are summed. Series alike in them tell
   * the same twice (two scrapers, replicas of one Prometheus), and the greater counts. Without any the pod's maximum counts.
   */
  readonly parts: readonly string[];
  /** What a value is multiplied by, to be in the measure's unit. */
  readonly scale: number;
}

/** Range of irate. */
export const RATE_RANGE_MS = 120_000;
/** How far an instant looks back for a level: Prometheus' own default of --query.lookback-delta. */
export const LOOKBACK_MS = 300_000;

const RANGE_TEXT = '2m';

/** What is read raw for a candidate, narrowed to one cluster by `extra`. */
export const selectorsOf = (candidate: Candidate, extra: readonly Matcher[] = []): Selector[] =>
  candidate.selectors.map((selector) => [...selector, ...extra]);

/**
 * PromQL that answers by the candidate's own namespace and pod labels with what `createWindow` makes of the raw samples.
 * Throws AppError `config_invalid` on names that no metric or label can have.
 */
export function expressionOf(candidate: Candidate, extra: readonly Matcher[] = []): string {
  const [first, second] = selectorsOf(candidate, extra);
  if (first === undefined) return '';
  const value =
    candidate.reading === 'share' && second ? shareText(candidate, first, second) : podText(candidate, first);
  return candidate.scale === 1 ? value : `${value} * ${candidate.scale}`;
}

const shareText = (candidate: Candidate, part: Selector, whole: Selector): string =>
  `${podText(candidate, part)} / (${podText(candidate, whole)} > 0 < +Inf)`;

function podText({ reading, labels, parts }: Candidate, selector: Selector): string {
  const ofPod = [labels.namespace, labels.pod].map(labelName);
  const text = selectorText(selector);
  const series = reading === 'level' ? text : `irate(${text}[${RANGE_TEXT}])`;
  const greatest = `max by (${[...ofPod, ...parts.map(labelName)].join(', ')}) (${series})`;
  return parts.length === 0 ? greatest : `sum by (${ofPod.join(', ')}) (${greatest})`;
}

/** How the labels of a pod and its container are called, and what tells that they are called so. */
export interface Naming {
  /** Follows the name of a source. */
  readonly suffix: string;
  readonly labels: PodLabels;
  readonly container: string;
  readonly matchers: readonly Matcher[];
}

export const POD: PodLabels = { namespace: 'namespace', pod: 'pod' };

const EXPORTED_POD = isSet('exported_pod');
const EXPORTED_NAMESPACE = isSet('exported_namespace');
const NO_EXPORTED_POD = isNotSet('exported_pod');
const NO_EXPORTED_NAMESPACE = isNotSet('exported_namespace');

/**
 * Where a scrape has labels of its own named namespace or pod, and honor_labels is not set, Prometheus makes exported_namespace and
 * exported_pod of the exporter's, and the plain ones are not the pod's. No series is of two of these.
 */
export const NAMINGS: readonly Naming[] = [
  {
    suffix: '_exported',
    labels: { namespace: 'exported_namespace', pod: 'exported_pod' },
    container: 'exported_container',
    matchers: [EXPORTED_POD],
  },
  {
    suffix: '_exported_namespace',
    labels: { namespace: 'exported_namespace', pod: 'pod' },
    container: 'container',
    matchers: [EXPORTED_NAMESPACE, isSet('pod'), NO_EXPORTED_POD],
  },
  {
    suffix: '',
    labels: POD,
    container: 'container',
    matchers: [isSet('pod'), NO_EXPORTED_POD, NO_EXPORTED_NAMESPACE],
  },
];

/** The labels until Kubernetes 1.15, which had both at its end; an exporter's namespace may have had to give way here too. */
export const OLD_NAMINGS: readonly Naming[] = [
  {
    suffix: '_exported_namespace_pod_name',
    labels: { namespace: 'exported_namespace', pod: 'pod_name' },
    container: 'container_name',
    matchers: [EXPORTED_NAMESPACE, isSet('pod_name')],
  },
  {
    suffix: '_pod_name',
    labels: { namespace: 'namespace', pod: 'pod_name' },
    container: 'container_name',
    matchers: [isSet('pod_name'), NO_EXPORTED_NAMESPACE],
  },
];
