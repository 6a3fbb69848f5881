import type { RolloutDetail } from '../../../schemas/api/rollouts.ts';
import type { OutageDetail, OutageItem, ServiceItem } from '../../../schemas/api/services.ts';
import { get } from '../rows.ts';

export type Interval = OutageItem;
export type Rollout = RolloutDetail;

interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

const KINDS = 'down,degraded,port,off';

/** Every interval of a service, blips too, in the order in which they were seen. */
export async function intervalsOf(api: string, namespace: string, service: string): Promise<Interval[]> {
  const query = `namespace=${namespace}&service=${service}&kind=${KINDS}&blip=true&limit=500`;
  const { items } = await get<Page<Interval>>(`${api}/api/v1/outages?${query}`);
  return items.toSorted((one, other) => Date.parse(one.observed_at) - Date.parse(other.observed_at));
}

export const intervalOf = (api: string, id: string): Promise<OutageDetail> => get(`${api}/api/v1/outages/${id}`);

/** Every rollout of a workload with what it changed, oldest first. */
export async function rolloutsOf(api: string, namespace: string, workload: string): Promise<Rollout[]> {
  const query = `namespace=${namespace}&workload=${workload}&limit=500`;
  const { items } = await get<Page<{ id: string }>>(`${api}/api/v1/rollouts?${query}`);
  const all = await Promise.all(items.map(({ id }) => get<Rollout>(`${api}/api/v1/rollouts/${id}`)));
  return all.toReversed();
}

export async function servicesOf(api: string, namespace: string): Promise<ServiceItem[]> {
  const { items } = await get<Page<ServiceItem>>(`${api}/api/v1/services?namespace=${namespace}&limit=500&sort=name`);
  return items;
}
