import { hrefTo, view } from '../url/view.svelte.ts';

/** The report of a run, by its id or name. */
export const runHref = (idOrName: string): string => hrefTo(`/runs/${encodeURIComponent(idOrName)}`);

/** Two runs side by side; `a` is measured by. */
export const compareHref = (a: string, b: string): string => hrefTo('/runs/compare', { a, b });

/** Another page under the range of a run and nothing else of the bar's. */
export const hrefInRange = (path: string, { from, to }: { from: string; to: string }): string =>
  hrefTo(path, { from, to, cluster: null, namespace: null, workload: null, tz: view.zone });
