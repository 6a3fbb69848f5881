import type { Entry } from '../../../schemas/entry.ts';
import type { EndpointSliceObject } from '../../../schemas/objects.ts';
import type { Endpoint, SliceState } from './state.ts';
import { READY, SERVING } from './state.ts';

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** What is kept of a slice; null for one that belongs to no service. A missing condition reads as the API documents it. */
export function readSlice(entry: Entry): SliceState | null {
  const { metadata, endpoints, ports } = entry.object as EndpointSliceObject;
  const service = metadata?.labels?.[SERVICE_LABEL];
  if (!service) return null;
  return {
    namespace: entry.namespace,
    service,
    endpoints: (endpoints ?? []).map(readEndpoint),
    ports: [...new Set((ports ?? []).map(({ name }) => name ?? ''))],
  };
}

type RawEndpoint = NonNullable<EndpointSliceObject['endpoints']>[number];

/** An endpoint is the same one in every family and port by what it refers to; without that, by its host or address. */
function readEndpoint({ addresses, conditions, hostname, targetRef }: RawEndpoint): Endpoint {
  const ready = conditions?.ready ?? true;
  const serving = conditions?.serving ?? true;
  const flags = ready ? READY : serving && conditions?.terminating ? SERVING : 0;
  const name = targetRef?.name ?? '';
  const id = targetRef?.uid ?? (name ? `${targetRef?.kind ?? ''}/${name}` : (hostname ?? addresses?.join() ?? ''));
  return [id, name, flags];
}

/** How many endpoints a service has, each counted once over its slices. `serving`: not ready, but serving still. */
export interface Tally {
  ready: number;
  serving: number;
  all: number;
}

/** What a slice's change does to the endpoints of its service, all slices taken together. */
export interface Moves {
  lost: (readonly [id: string, name: string])[];
  gained: string[];
}

export const NO_MOVES: Moves = { lost: [], gained: [] };

/** The endpoints of every service, derived from its slices. A change costs as much as the slice is long. */
export interface EndpointIndex {
  replace(target: string, uid: string, before: SliceState | undefined, after: SliceState | undefined): Moves;
  tally(target: string): Tally;
  ids(target: string): string[];
  isReady(target: string, id: string): boolean;
  slices(target: string): string[];
}

interface Presence {
  ready: number;
  serving: number;
  all: number;
}
interface OfService extends Tally {
  readonly endpoints: Map<string, Presence>;
  readonly slices: Set<string>;
}

const NOWHERE: Presence = { ready: 0, serving: 0, all: 0 };
const isReady = ({ ready }: Presence): boolean => ready > 0;
const isServing = ({ ready, serving }: Presence): boolean => ready === 0 && serving > 0;

export function createEndpointIndex(): EndpointIndex {
  const services = new Map<string, OfService>();

  function shift({ endpoints }: OfService, of: readonly Endpoint[], by: 1 | -1): void {
    for (const [id, , flags] of of) {
      const { ready, serving, all } = endpoints.get(id) ?? NOWHERE;
      const next = {
        ready: ready + (flags === READY ? by : 0),
        serving: serving + (flags === SERVING ? by : 0),
        all: all + by,
      };
      if (next.all === 0) endpoints.delete(id);
      else endpoints.set(id, next);
    }
  }

  return {
    replace(target, uid, before, after) {
      const own: OfService = services.get(target) ?? {
        ready: 0,
        serving: 0,
        all: 0,
        endpoints: new Map<string, Presence>(),
        slices: new Set<string>(),
      };
      const touched = new Map<string, { name: string; was: Presence }>();
      for (const [id, name] of [...(before?.endpoints ?? []), ...(after?.endpoints ?? [])]) {
        if (!touched.has(id)) touched.set(id, { name, was: own.endpoints.get(id) ?? NOWHERE });
      }
      shift(own, before?.endpoints ?? [], -1);
      shift(own, after?.endpoints ?? [], 1);
      const moves: Moves = { lost: [], gained: [] };
      for (const [id, { name, was }] of touched) {
        const is = own.endpoints.get(id) ?? NOWHERE;
        own.ready += Number(isReady(is)) - Number(isReady(was));
        own.serving += Number(isServing(is)) - Number(isServing(was));
        if (isReady(was) && !isReady(is)) moves.lost.push([id, name]);
        else if (!isReady(was) && isReady(is)) moves.gained.push(id);
      }
      own.all = own.endpoints.size;
      if (after) own.slices.add(uid);
      else own.slices.delete(uid);
      if (own.slices.size === 0) services.delete(target);
      else services.set(target, own);
      return moves;
    },
    tally(target) {
      const { ready, serving, all } = services.get(target) ?? { ready: 0, serving: 0, all: 0 };
      return { ready, serving, all };
    },
    ids: (target) => [...(services.get(target)?.endpoints.keys() ?? [])].sort(),
    isReady: (target, id) => isReady(services.get(target)?.endpoints.get(id) ?? NOWHERE),
    slices: (target) => [...(services.get(target)?.slices ?? [])].sort(),
  };
}
