import type { ServerResponse } from 'node:http';
import { keyOf, type KubeObject } from '../cluster/objects.ts';
import type { ObjectStore } from '../cluster/object-store.ts';
import { apiVersionOf, type Resource } from '../cluster/resources.ts';
import type { Fault } from './faults.ts';
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

const byKey = (a: KubeObject, b: KubeObject) => (keyOf(a) < keyOf(b) ? -1 : 1);

/**
 * Lists in pages. All pages of one list are of the first page's revision: a list that has more keeps its objects until it
 * is read to the end or pushed out by newer ones, and its token then gets 410.
 */
export function createLister(store: ObjectStore) {
  const snapshots = new Map<string, Snapshot>();
  let made = 0;

  return function list(asked: Asked, response: ServerResponse, fault?: Fault): void {
    const { resource, namespace, query, tabulate } = asked;
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue') ?? '';
    const [id = '', from = '0'] = token.split('.');
    const snapshot = token ? snapshots.get(id) : undefined;
    if (token && !snapshot) {
      return sendStatus(
        response,
        410,
        'The provided continue parameter is too old to display a consistent list result.',
        undefined,
        'Expired',
      );
    }
    const matches = matcherOf(namespace, query);
    const { revision, items } = snapshot ?? {
      revision: store.revision(),
      items: store.list(resource).filter(matches).toSorted(byKey),
    };
    const start = Number(from);
    const end = limit > 0 ? Math.min(items.length, start + limit) : items.length;
    let next = '';
    if (end < items.length) {
      const key = token ? id : String(++made);
      snapshots.set(key, { revision, items });
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
    sendJson(response, 200, body);
  };
}

function sendHalf(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(text.slice(0, text.length / 2), () => response.end());
}
