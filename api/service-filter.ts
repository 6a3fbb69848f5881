import { SERVICE_FILTER_FIELDS, type ServiceFilterField } from '../schemas/api/service-filters.ts';
import { readSelection, type Selection } from './selection.ts';

export type ServiceLists = Readonly<Partial<Record<ServiceFilterField, Selection>>>;

/** The filters of services, outages and rollouts, parsed. All of it must hold. */
export interface ServiceFilter {
  readonly lists: ServiceLists;
  /** Part of the service's name. */
  readonly q?: string | undefined;
}

type ListQuery = Partial<Record<ServiceFilterField, readonly string[] | undefined>>;

/** The list filters of a query, read. */
export function readServiceFilter(query: ListQuery & { q?: string | undefined }): ServiceFilter {
  const given = SERVICE_FILTER_FIELDS.flatMap((field) => {
    const values = query[field];
    return values ? [[field, readSelection(values)] as const] : [];
  });
  return { lists: Object.fromEntries(given), q: query.q };
}
