import type { KubeObject } from '../cluster/objects.ts';
import type { Resource } from '../cluster/resources.ts';
import { columnsOf } from './columns.ts';

/** Makes a meta.k8s.io/v1 Table with a row for each object; `metadata` is that of the list. */
export type Tabulate = (resource: Resource, objects: readonly KubeObject[], metadata: object) => object;

const META = 'meta.k8s.io/v1';

/** Whether the first form in the Accept header that can be served is a Table: a client names its forms with the best first. */
function asksForTable(accept: string): boolean {
  for (const form of accept.split(',')) {
    const [type = '', ...given] = form.split(';').map((part) => part.trim());
    if (type !== 'application/json' && type !== '*/*') continue;
    const parameters = new Map(given.map((part) => part.split('=', 2) as [string, string]));
    if (!parameters.has('as')) return false;
    if (parameters.get('as') === 'Table' && parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1')
      return true;
  }
  return false;
}

const includedOf = (object: KubeObject, include: string): object | null => {
  if (include === 'None') return null;
  return include === 'Object' ? object : { kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata };
};

/** How to answer a request that wants its objects printed; null where it wants the objects themselves. `now` in milliseconds, for the ages. */
export function tabulateFor(accept: string | undefined, query: URLSearchParams, now: () => number): Tabulate | null {
  if (!asksForTable(accept ?? '')) return null;
  const include = query.get('includeObject') ?? 'Metadata';
  return (resource, objects, metadata) => {
    const columns = columnsOf(resource);
    const at = now();
    return {
      kind: 'Table',
      apiVersion: META,
      metadata,
      columnDefinitions: columns.map(({ read: _read, ...definition }) => definition),
      rows: objects.map((object) => ({
        cells: columns.map(({ read }) => read(object, at)),
        object: includedOf(object, include),
      })),
    };
  };
}
