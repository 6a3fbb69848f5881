import { api, body, type Answer } from '../api/client.ts';
import { createResource } from '../resource.svelte.ts';
import { refresh, view } from '../url/view.svelte.ts';
import type { ServiceKey } from './services-api.ts';

export type MaintenanceWindow = Answer<'listMaintenance'>['items'][number];

/** The maintenance windows of a service from the range's beginning on, those to come as well. */
export function createMaintenance(of: () => ServiceKey) {
  const list = createResource(
    (signal) => {
      const { cluster, namespace, service } = of();
      const query = { from: view.times.from, cluster: [cluster], namespace: [namespace], service: [service] };
      return body(api.GET('/api/v1/maintenance', { params: { query }, signal }));
    },
    { key: () => JSON.stringify([of(), view.from]) },
  );
  return {
    list,
    /** Throws ApiError. */
    async announce(window: { from: string; to: string; reason: string }): Promise<void> {
      await body(api.POST('/api/v1/maintenance', { body: { ...of(), ...window } }));
      // The figures leave out what lies in it, at once.
      refresh();
    },
    /** Throws ApiError. */
    async withdraw(id: string): Promise<void> {
      await body(api.DELETE('/api/v1/maintenance/{id}', { params: { path: { id } } }));
      refresh();
    },
  };
}
export type Maintenance = ReturnType<typeof createMaintenance>;
