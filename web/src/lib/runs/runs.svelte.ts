import { createResource, type Resource } from '../resource.svelte.ts';
import { refresh, view } from '../url/view.svelte.ts';
import { checkRun, compareRuns, getRunReport, listRuns } from './runs-api.ts';
import type { RunCheck, RunComparison, RunPage, RunReport } from './runs-api.ts';
import { askedThresholds } from './thresholds.ts';

export const RUN_STATES = ['all', 'going_on', 'over'] as const;
export type RunState = (typeof RUN_STATES)[number];
/** The newest are enough to choose from. */
const MOST = 200;

const q = $derived(view.param('q').trim());
const state = $derived.by((): RunState => RUN_STATES.find((one) => one === view.param('state')) ?? 'all');
// Through its text, so that another change of the address asks nothing anew.
const thresholdsText = $derived(JSON.stringify(askedThresholds(view.param)));
const thresholds = $derived(JSON.parse(thresholdsText) as Record<string, number>);
const baseline = $derived(view.param('baseline'));

/** What of the runs is shown, and what one is held against: all of it is in the address. */
export const runChoice = {
  get q(): string {
    return q;
  },
  get state(): RunState {
    return state;
  },
  /** By the names of the API's parameters; those that are left out have its defaults. */
  get thresholds(): Readonly<Record<string, number>> {
    return thresholds;
  },
  /** Id or name of the run before the change; '' for none. */
  get baseline(): string {
    return baseline;
  },
};

/** The newest runs that are chosen. */
export const createRunList = (): Resource<RunPage> =>
  createResource(
    (signal) => {
      void view.now;
      const name = q === '' ? {} : { name: q.includes('*') ? q : `*${q}*` };
      const goingOn = state === 'all' ? {} : { going_on: state === 'going_on' };
      return listRuns({ ...name, ...goingOn, limit: MOST }, signal);
    },
    { key: () => `${state} ${q}` },
  );

/** All runs, newest first, to choose another one from. */
export const createOtherRuns = (): Resource<RunPage> => createResource((signal) => listRuns({ limit: MOST }, signal));

/** What a run came to. One that goes on is asked for again at the bar's interval, also where the bar's range has an end. */
export function createRunReport(id: () => string): Resource<RunReport> {
  const resource = createResource(
    (signal) => {
      void view.now;
      return getRunReport(id(), signal);
    },
    { key: id },
  );
  $effect(() => {
    const everyMs = view.refreshSeconds * 1000;
    if (everyMs === 0 || view.live || resource.data?.going_on !== true) return;
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) refresh();
    }, everyMs);
    return () => clearInterval(timer);
  });
  return resource;
}

/** The run held against the thresholds in the address. */
export const createRunCheck = (id: () => string): Resource<RunCheck> =>
  createResource(
    (signal) => {
      void view.now;
      return checkRun(id(), { ...thresholds, ...(baseline === '' ? {} : { baseline }) }, signal);
    },
    { key: () => JSON.stringify([id(), thresholdsText, baseline]) },
  );

export const createComparison = (a: () => string, b: () => string): Resource<RunComparison> =>
  createResource(
    (signal) => {
      void view.now;
      return a() === '' || b() === '' ? null : compareRuns(a(), b(), signal);
    },
    { key: () => JSON.stringify([a(), b()]) },
  );
