import { hrefTo, type Patch } from '../url/view.svelte.ts';
import type { ServiceKey } from './services-api.ts';

/** The page of a service under the present time; the bar's filters do not go along, since it is about one service. */
export const serviceHref = ({ cluster, namespace, service }: ServiceKey, patch: Patch = {}): string =>
  hrefTo(`/services/${[cluster, namespace, service].map(encodeURIComponent).join('/')}`, {
    cluster: null,
    namespace: null,
    workload: null,
    ...patch,
  });
