import { api, apiPath, body, type Answer } from '../api/client.ts';
import { createResource } from '../resource.svelte.ts';
import { view } from '../url/view.svelte.ts';
import { readPeriod, type ReportPeriod } from './period.ts';

export type SlaReport = Answer<'getSlaReport'>;
export type SlaLine = SlaReport['lines'][number];
export const REPORT_BY = ['service', 'team', 'namespace', 'environment', 'cluster'] as const;
export type ReportBy = (typeof REPORT_BY)[number];

const period = $derived(
  readPeriod({ month: view.param('month'), quarter: view.param('quarter') }, view.now, view.zone),
);
const by = $derived.by((): ReportBy => {
  const named = view.param('by');
  return REPORT_BY.find((one) => one === named) ?? 'service';
});

const chosen = () => ({
  cluster: view.cluster,
  namespace: view.namespace,
  workload: view.workload,
  team: view.words('team'),
  environment: view.words('environment'),
  tz: view.zone,
  by,
  ...(period.kind === 'month' ? { month: period.name } : { quarter: period.name }),
});
// Through its text: a change of the URL that is about something else fetches nothing anew.
const key = $derived(JSON.stringify(chosen()));
const query = $derived(JSON.parse(key) as ReturnType<typeof chosen>);

/** What the report is about: all of it is in the URL. The bar's time range is not. */
export const reportChoice = {
  get period(): ReportPeriod {
    return period;
  },
  get by(): ReportBy {
    return by;
  },
  /** Filters beside the bar's own: whose services it is about. */
  get owners() {
    return { team: query.team, environment: query.environment };
  },
  get csv(): string {
    return apiPath('/api/v1/sla/report.csv', query);
  },
};

export const createReport = () =>
  createResource(
    (signal) => {
      // A period that lasts has more to tell after each refresh.
      void view.now;
      return body(api.GET('/api/v1/sla/report', { params: { query }, signal }));
    },
    { key: () => key },
  );
