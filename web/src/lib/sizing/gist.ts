import type { Reason, SizedResource, SizingItem } from './sizing-api.ts';

/** What to do about a verdict; amounts are of one pod. */
export interface Advice {
  readonly what: 'give-back' | 'add' | 'set-request' | 'set-limit' | 'remove-limit';
  readonly resource: SizedResource;
  readonly amount: number;
}

/** What is said of a workload in one sentence. */
export interface Gist {
  /** Why it has its first verdict; null where nothing is wrong. */
  readonly reason: Reason | null;
  readonly advice: Advice | null;
  /** Another resource with the same verdict; null where there is none. */
  readonly also: SizedResource | null;
}

const LEAST = 1e-9;

function limitAdvice(item: SizingItem, resource: SizedResource): Advice | null {
  const { limit_change: change, recommended_limit: limit } = item[resource];
  if (change === 'remove') return { what: 'remove-limit', resource, amount: 0 };
  return change === 'set' && limit !== null ? { what: 'set-limit', resource, amount: limit } : null;
}

/** Of several containers the killed one's own limit is what has to rise. */
function killedAdvice(item: SizingItem): Advice | null {
  const limit = item.containers.find(({ name }) => name === item.oom.container)?.recommended_memory_limit ?? null;
  return limit === null ? limitAdvice(item, 'memory') : { what: 'set-limit', resource: 'memory', amount: limit };
}

function requestAdvice(item: SizingItem, resource: SizedResource): Advice | null {
  const { request, recommended_request: recommended } = item[resource];
  if (recommended === null) return null;
  if (request === null) return { what: 'set-request', resource, amount: recommended };
  const less = request - recommended;
  if (Math.abs(less) < LEAST) return null;
  return { what: less > 0 ? 'give-back' : 'add', resource, amount: Math.abs(less) };
}

/** What answers a reason: reasons about limits are answered by one, the others by a request. */
export function adviceOn(item: SizingItem, { code, resource }: Reason): Advice | null {
  switch (code) {
    case 'oom-killed':
      return killedAdvice(item);
    case 'near-limit':
    case 'throttled':
    case 'no-limit':
      return limitAdvice(item, resource ?? 'memory');
    case 'use-above-request':
    case 'above-target-at-max':
    case 'no-request':
    case 'request-above-use':
    case 'gpus-unused':
      return resource === null ? null : requestAdvice(item, resource);
    default:
      return null;
  }
}

/** The first verdict's reason and what to do about it; of several the one about `prefer`. */
export function gistOf(item: SizingItem, prefer: SizedResource | null = null): Gist {
  const own = item.reasons.filter(({ verdict }) => verdict === item.verdict);
  const reason = own.find(({ resource }) => resource === prefer) ?? own[0] ?? null;
  if (!reason) return { reason: null, advice: null, also: null };
  const also = own.find(({ resource }) => resource !== null && resource !== reason.resource)?.resource ?? null;
  return { reason, advice: adviceOn(item, reason), also };
}
