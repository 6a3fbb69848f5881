import type { Component } from 'svelte';
import type { Routes } from 'sv-router';
import { withTexts } from './i18n/i18n.svelte.ts';
import LoadingFailed from './shell/loading-failed.svelte';

/** A page whose files are gone from the server, since a newer version was installed, says so and offers to reload. */
function failed(error: unknown): { default: Component } {
  globalThis.reportError(error);
  return { default: LoadingFailed };
}

/** Every page, loaded when it is first opened. The router knows a lazy page by the text `() => import(`. */
export const routes: Routes = {
  '/': () => import('./pages/overview/overview-page.svelte').catch(failed),
  '/exceptions': () => import('./pages/exceptions/exceptions-page.svelte').catch(failed),
  '/exceptions/:id': () => import('./pages/exception/exception-page.svelte').catch(failed),
  '/services': () => import('./pages/services/services-page.svelte').catch(failed),
  '/services/report': () => import('./pages/report/report-page.svelte').catch(failed),
  '/services/:cluster/:namespace/:service': () => import('./pages/service/service-page.svelte').catch(failed),
  '/rollouts': () => import('./pages/rollouts/rollouts-page.svelte').catch(failed),
  '/rollouts/:id': () => import('./pages/rollout/rollout-page.svelte').catch(failed),
  '/workloads/:cluster/:namespace/:kind/:name': () => import('./pages/workload/workload-page.svelte').catch(failed),
  '/resources': () => import('./pages/resources/resources-page.svelte').then(withTexts('resources')).catch(failed),
  '/resources/one': () => import('./pages/resources/usage-page.svelte').then(withTexts('resources')).catch(failed),
  '/sizing': () => import('./pages/sizing/sizing-page.svelte').then(withTexts('sizing')).catch(failed),
  '/sizing/one': () => import('./pages/sizing/sizing-one-page.svelte').then(withTexts('sizing')).catch(failed),
  '/runs': () => import('./pages/runs/runs-page.svelte').then(withTexts('runs')).catch(failed),
  '/runs/compare': () => import('./pages/runs/compare-page.svelte').then(withTexts('runs', 'resources')).catch(failed),
  '/runs/:id': () => import('./pages/runs/run-page.svelte').then(withTexts('runs', 'resources')).catch(failed),
  '/clusters': () => import('./pages/clusters/clusters-page.svelte').then(withTexts('imports')).catch(failed),
  '*': () => import('./pages/not-found/not-found-page.svelte').catch(failed),
};
