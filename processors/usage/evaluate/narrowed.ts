import type { PodLabels } from '../measures-candidate.ts';
import type { Labels } from '../prometheus/series.ts';
import type { PodName } from './pods.ts';
import type { UsageWindow } from './window.ts';

/** The same window, into which of series only those of `wanted` pods are put. */
export function narrowed(window: UsageWindow, wanted: (pod: PodName) => boolean): UsageWindow {
  const isWanted = (labels: Labels, names: PodLabels): boolean =>
    wanted({ namespace: labels[names.namespace] ?? '', pod: labels[names.pod] ?? '' });
  return {
    ...window,
    add(candidate, series, selector) {
      if (isWanted(series.labels, candidate.labels)) window.add(candidate, series, selector);
    },
    addAnswer(measure, labels, series) {
      if (isWanted(series.labels, labels)) window.addAnswer(measure, labels, series);
    },
  };
}
