import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';
import { keyOf, type KubeObject } from '../cluster/objects.ts';
import type { ObjectStore } from '../cluster/object-store.ts';
import { apiVersionOf, type Resource } from '../cluster/resources.ts';
import type { Fault } from './faults.ts';
import { sendHalf, sendSlowly } from './faulty-reply.ts';
import { sendJson, sendStatus } from './reply.ts';
import { matcherOf } from './selectors.ts';
import type { Tabulate } from './table.ts';

const KEPT_SNAPSHOTS = 32;

/** What a list or a watch is to show. Without `tabulate` the objects themselves. */
export interface Asked {
  readonly resource: Resource;
  readonly namespace: string;
  readonly query: URLSearchParams;
  readonly tabulate: Tabulate | null;
}

interface Snapshot {
  readonly revision: number;
  readonly items: readonly KubeObject[];
}

interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: Record<string, unknown>;
}

const byKey = (a: KubeObject, b: KubeObject) => (keyOf(a) < keyOf(b) ? -1 : 1);
const badRequest = (message: string): Refusal => ({ code: 400, message });
const expired = (message: string): Refusal => ({ code: 410, message, reason: 'Expired' });

/** A server that has not come as far answers 504, with this cause to tell it from a true timeout. */
const tooLarge = (asked: number, current: number): Refusal => ({
  code: 504,
  message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
  reason: 'Timeout',
  details: {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  },
});

/**
 * The revision that a list's first page is to be of: after "Semantics for get and list" of Kubernetes' API concepts. With
 * a limit, a version without a match means that very version.
 */
function revisionFor(store: ObjectStore, query: URLSearchParams): number | Refusal {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? (version !== '' && query.get('limit') ? 'Exact' : 'NotOlderThan');
  const asked = Number(version);
  const current = store.revision();
  if (query.get('resourceVersionMatch') && version === '')
    return badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (!Number.isSafeInteger(asked) || asked < 0) return badRequest(`invalid resource version "${version}"`);
  if (!['Exact', 'NotOlderThan'].includes(match)) return badRequest(`unsupported resourceVersionMatch "${match}"`);
  if (asked > current) return tooLarge(asked, current);
  if (match === 'NotOlderThan' || (asked === 0 && !query.get('resourceVersionMatch'))) return current;
  if (asked === 0) return badRequest('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
  if (asked < store.compactedAt()) return expired('The resourceVersion for the provided list is too old.');
  return asked;
}

/**
 * Lists in pages. All pages of one list are of the first page's revision: a list that has more keeps its objects until it
 * is read to the end or pushed out by newer ones, and its token then gets 410. A stale one comes of the cache, which begins at
 * `cachedFrom`.
 */
export function createLister(store: ObjectStore, clock: Clock, cachedFrom: () => number) {
  const snapshots = new Map<string, Snapshot>();
  let made = 0;

  function begin(asked: Asked, fault?: Fault): Snapshot | Refusal {
    let revision = revisionFor(store, asked.query);
    if (typeof revision !== 'number') return revision;
    if (fault?.kind === 'stale' && revision === store.revision())
      revision = Math.max(store.compactedAt(), cachedFrom(), revision - fault.revisions);
    const matches = matcherOf(asked.namespace, asked.query);
    return { revision, items: store.listAt(asked.resource, revision).filter(matches).toSorted(byKey) };
  }

  return function list(asked: Asked, response: ServerResponse, fault?: Fault): void {
    const { resource, query, tabulate } = asked;
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue') ?? '';
    const [id = '', from = '0'] = token.split('.');
    const snapshot =
      token === ''
        ? begin(asked, fault)
        : (snapshots.get(id) ??
          expired('The provided continue parameter is too old to display a consistent list result.'));
    if ('code' in snapshot)
      return sendStatus(response, snapshot.code, snapshot.message, snapshot.details, snapshot.reason);
    const { revision, items } = snapshot;
    const start = Number(from);
    const end = limit > 0 ? Math.min(items.length, start + limit) : items.length;
    let next = '';
    if (end < items.length) {
      const key = token ? id : String(++made);
      snapshots.set(key, snapshot);
      for (const old of snapshots.keys()) if (snapshots.size > KEPT_SNAPSHOTS) snapshots.delete(old);
      next = `${key}.${end}`;
    }
    const page = items.slice(start, end);
    const metadata = {
      resourceVersion: String(revision),
      ...(next ? { continue: next, remainingItemCount: items.length - end } : {}),
    };
    const body = tabulate?.(resource, page, metadata) ?? {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata,
      // As in the real server, items of a list do not repeat kind and apiVersion.
      items: page.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest),
    };
    if (fault?.kind === 'truncate') return sendHalf(response, body);
    if (fault?.kind === 'slow') return sendSlowly(response, body, fault, clock);
    sendJson(response, 200, body);
  };
}
