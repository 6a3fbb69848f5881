import type { Order } from '../schemas/api/parameters.ts';
import type { ServiceSort } from '../schemas/api/service-parameters.ts';
import { SERVICE_STATES, type ServiceState } from '../schemas/outages.ts';
import { compareWorst, nameKey, type MeasuredService } from './service-figures.ts';
import { likelyAvailability } from './sla-figures.ts';

const SEVERITY: readonly ServiceState[] = ['down', 'degraded', 'never-ready', 'up', 'off'];
const severity = (state: ServiceState): number => {
  const place = SEVERITY.indexOf(state);
  return place === -1 ? SEVERITY.length + SERVICE_STATES.indexOf(state) : place;
};

/** What each sort goes by; null comes last, whatever the order. */
const KEYS: Readonly<Record<ServiceSort, (one: MeasuredService) => number | string | null>> = {
  availability: ({ sums }) => likelyAvailability(sums),
  budget({ sums: { range } }) {
    if (range.counted_ms === 0) return null;
    if (range.allowed_ms > 0) return 1 - range.likely_ms / range.allowed_ms;
    return range.likely_ms > 0 ? -Infinity : 1;
  },
  outages: ({ sums }) => sums.range.outages,
  longest: ({ sums }) => sums.range.longest_ms,
  downtime: ({ sums }) => sums.range.likely_ms,
  name: ({ service }) => service.service,
  state: ({ service }) => severity(service.state),
  burn({ sums }) {
    const { counted_ms: counted, likely_ms: likely, allowed_ms: allowed } = sums.burn['24h'];
    if (counted === 0) return null;
    return likely === 0 ? 0 : likely / allowed;
  },
};

/** The order in which a reader looks first: the worst, or the first name. */
const OWN_ORDER: Readonly<Record<ServiceSort, Order>> = {
  availability: 'asc',
  budget: 'asc',
  outages: 'desc',
  longest: 'desc',
  downtime: 'desc',
  name: 'asc',
  state: 'asc',
  burn: 'desc',
};

/** The services in order; among equals the worst first, then by name. */
export function sortServices(
  services: readonly MeasuredService[],
  sort: ServiceSort,
  order: Order = OWN_ORDER[sort],
): MeasuredService[] {
  const keyOf = KEYS[sort];
  const sign = order === 'asc' ? 1 : -1;
  return services.toSorted((a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)];
    if (first !== second) {
      if (first === null) return 1;
      if (second === null) return -1;
      return (first < second ? -1 : 1) * sign;
    }
    return compareWorst(a.sums, b.sums) || (nameKey(a.service) < nameKey(b.service) ? -1 : 1);
  });
}
