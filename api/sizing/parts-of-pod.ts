import type { ContainerResources } from '../../schemas/resources.ts';
import type { Evidence } from './evidence.ts';

/** A container that runs as long as its pod, and what one resource of it is set to. Null: none is set. */
export interface PodPart {
  readonly name: string;
  readonly request: number | null;
  readonly limit: number | null;
}

const ASKED = {
  cpu: (one: ContainerResources) => ({ request: one.cpu_request_cores, limit: one.cpu_limit_cores }),
  memory: (one: ContainerResources) => ({ request: one.memory_request_bytes, limit: one.memory_limit_bytes }),
} as const;

/** The containers and sidecars of a pod; where none is known, the pod as if it had one. */
export function partsOf({ containers, asked }: Evidence, resource: 'cpu' | 'memory'): readonly PodPart[] {
  const running = containers.filter(({ kind }) => kind !== 'init');
  if (running.length === 0) return [{ name: '', request: asked[resource].request, limit: asked[resource].limit }];
  return running.map((one) => ({ name: one.name, ...ASKED[resource](one) }));
}

/** The most that a container requests which runs before the others: the scheduler counts no less for the pod. */
export const initPeakOf = ({ containers }: Evidence, resource: 'cpu' | 'memory'): number =>
  Math.max(0, ...containers.filter(({ kind }) => kind === 'init').map((one) => ASKED[resource](one).request ?? 0));

/** How a pod's figure is shared out: what is used is known of pods, not of their containers. */
export type Sharing = 'whole' | 'requests' | 'evenly';

/** Shares of a figure in proportion to the requests, evenly where one has none, each rounded up. */
export function shareOut(
  total: number,
  parts: readonly PodPart[],
  roundUp: (value: number) => number,
): { readonly shares: readonly number[]; readonly by: Sharing } {
  const sum = parts.reduce((all, { request }) => all + (request ?? 0), 0);
  const proportional = parts.every(({ request }) => request !== null && request > 0);
  const share = (part: PodPart) => (proportional ? (part.request ?? 0) / sum : 1 / parts.length);
  const by = parts.length === 1 ? 'whole' : proportional ? 'requests' : 'evenly';
  return { shares: parts.map((part) => roundUp(total * share(part))), by };
}

/** The sum; null where one of them is null. */
export const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((all, value) => (all === null || value === null ? null : all + value), 0);
