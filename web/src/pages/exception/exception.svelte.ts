import { api, body } from '../../lib/api/client.ts';
import type { ExceptionDetail } from '../../lib/exceptions/sentence.ts';
import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { view } from '../../lib/url/view.svelte.ts';

const PENDING_MS = 3_000;

/** One exception with all that belongs to it; asked again while its log is on its way, and when the page is refreshed. */
export function createExceptionResource(id: () => string): Resource<ExceptionDetail> {
  const resource = createResource(
    (signal) => {
      void view.now;
      return body(api.GET('/api/v1/exceptions/{id}', { params: { path: { id: id() } }, signal }));
    },
    { key: id },
  );
  $effect(() => {
    if (resource.data?.log_status !== 'pending' || resource.loading) return;
    const timer = setTimeout(resource.reload, PENDING_MS);
    return () => clearTimeout(timer);
  });
  return resource;
}
