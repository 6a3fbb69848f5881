import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { getSizing, type SizingOne } from '../../lib/sizing/sizing-api.ts';
import { view } from '../../lib/url/view.svelte.ts';
import type { UsageKey } from '../../lib/usage/usage-name.ts';

/** One workload over the page's range. */
export function createOneSizing(of: () => UsageKey): Resource<SizingOne> {
  return createResource(
    (signal) => {
      const { cluster, namespace, kind, name } = of();
      return getSizing({ cluster, namespace, kind, name }, view.times, signal);
    },
    { key: () => JSON.stringify([view.from, view.to, of()]) },
  );
}
