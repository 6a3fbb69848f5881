import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import type { ChartMark } from '../../ui/chart/marks.ts';
import { createResource, type Resource } from '../resource.svelte.ts';
import { formatDuration } from '../time/format.ts';
import { instantsOf, type Range } from '../time/range.ts';
import { hrefTo, view } from '../url/view.svelte.ts';
import { rolloutPaneHref } from './rollout-href.ts';
import { rolloutName } from './rollout-name.ts';
import { listRolloutMarks, type RolloutMark, type RolloutMarks } from './rollouts-api.ts';

/** What the marks are of; the bar's filters by default. */
interface MarksFilter {
  readonly cluster: string[];
  readonly namespace: string[];
  readonly workload: string[];
  readonly workload_kind?: string[];
  readonly service?: string[];
}

/** The rollouts of the range under the same filters as a chart; none are asked for where there is no filter. */
export const createRolloutMarks = (filter: () => MarksFilter | null): Resource<RolloutMarks> =>
  createResource(
    (signal) => {
      const chosen = filter();
      return chosen && listRolloutMarks({ ...chosen, ...view.times }, signal);
    },
    { key: () => JSON.stringify([view.from, view.to, filter()]) },
  );

/** `web@7: change, completed (42 s)`. */
function titleOf(mark: RolloutMark): string {
  const { kind, outcome, started_at: start, finished_at: end } = mark;
  const length =
    end === null ? '' : formatDuration(Math.max(1000, Date.parse(end) - Date.parse(start)), locale.language);
  return t(length === '' ? 'rollouts.marks.titleOpen' : 'rollouts.marks.title', {
    name: `${rolloutName(mark)} (${mark.cluster}/${mark.namespace})`,
    kind: t(`rollouts.kinds.${kind}`),
    outcome: t(`terms.outcomes.${outcome}`),
    length,
  });
}

/** What a histogram takes as its `marks`; null before they are there, and where they cannot be had: a chart is whole without. */
export function chartMarks({ data }: Resource<RolloutMarks>, filter: MarksFilter | null) {
  if (!data || !filter) return null;
  const { items, total } = data;
  return {
    items: items.map((mark): ChartMark => ({
      id: mark.id,
      at: Date.parse(mark.started_at),
      title: titleOf(mark),
      failed: mark.outcome === 'failed',
      href: rolloutPaneHref(mark.id),
    })),
    label: t('rollouts.marks.label'),
    note: items.length < total ? t('rollouts.marks.newest', { n: figure(items.length), total: figure(total) }) : '',
    hrefOf: (stretch: Range) => {
      const { cluster, namespace, workload, workload_kind: kinds = [], service = [] } = filter;
      return hrefTo('/rollouts', {
        ...instantsOf(stretch),
        cluster,
        namespace,
        workload,
        workload_kind: kinds,
        service,
      });
    },
  };
}
