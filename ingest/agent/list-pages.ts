import { isAppError } from '../../platform/errors.ts';
import { readBody, Refused, refusedByAnswer } from './api-refusal.ts';
import type { KubeTransport } from './kube-transport.ts';
import type { RawObject } from './known-objects.ts';
import { rawObjectOf } from './raw-object.ts';
import { collectionPath, type Watched } from './sources.ts';

export interface ListOptions {
  /** Objects a page, at first. */
  readonly pageSize: number;
  readonly maxPageBytes: number;
  readonly timeoutMs: number;
}

export interface Page {
  readonly items: readonly RawObject[];
  /** The list's resourceVersion: one and the same for all pages of a list. */
  readonly version: string;
  /** Items that are no objects: without a name, uid or version that is a text. */
  readonly unreadable: number;
  /** True for the first page of a list: a list that starts anew begins with another such page. */
  readonly first: boolean;
}

interface RawList {
  readonly metadata?: { resourceVersion?: unknown; continue?: unknown } | null;
  readonly items?: unknown[] | null;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function parseList(text: string): RawList {
  let list: RawList | null;
  try {
    list = JSON.parse(text) as RawList | null;
  } catch {
    throw new Refused(200, 'retry', `a list of ${text.length} characters is not JSON`);
  }
  if (typeof list !== 'object' || list === null || !Array.isArray(list.items ?? []))
    throw new Refused(200, 'retry', `a list of ${text.length} characters has no items`);
  return list;
}

async function fetchPage(
  transport: KubeTransport,
  watched: Watched,
  query: URLSearchParams,
  options: ListOptions,
  signal: AbortSignal,
): Promise<RawList> {
  const path = `${collectionPath(watched)}?${query.toString()}`;
  const response = await transport.request({ path, signal, timeoutMs: options.timeoutMs });
  if (response.status !== 200) throw await refusedByAnswer(response);
  return parseList(await readBody(response, options.maxPageBytes));
}

function pageOf(list: RawList, { source }: Watched, first: boolean): Page {
  const all = list.items ?? [];
  const items = all.map(rawObjectOf).filter((item) => item !== null);
  for (const item of items) {
    item.apiVersion ??= source.apiVersion;
    item.kind ??= source.apiKind;
  }
  return { items, version: textOf(list.metadata?.resourceVersion), unreadable: all.length - items.length, first };
}

/**
 * A consistent list in pages, as client-go's pager does it: when a continue token has expired the list starts anew, the
 * second time in one piece. A page that is too large to hold is asked for again in halves. With `exactVersion` the list is
 * that of one version, which the server may refuse as expired. Throws Refused, and what the transport throws.
 */
export async function* listPages(
  transport: KubeTransport,
  watched: Watched,
  options: ListOptions & { exactVersion?: string },
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let limit = options.pageSize;
  let token = '';
  let expiries = 0;
  for (;;) {
    const query = new URLSearchParams();
    if (expiries < 2) query.set('limit', String(limit));
    if (token) query.set('continue', token);
    else if (options.exactVersion) {
      query.set('resourceVersion', options.exactVersion);
      query.set('resourceVersionMatch', 'Exact');
    }
    let list: RawList;
    try {
      list = await fetchPage(transport, watched, query, options, signal);
    } catch (error) {
      if (error instanceof Refused && error.verdict === 'expired' && token && expiries < 2) {
        expiries++;
        token = '';
        continue;
      }
      if (isAppError(error, 'entry_too_large') && limit > 1 && expiries < 2) {
        limit = Math.ceil(limit / 2);
        continue;
      }
      throw error;
    }
    yield pageOf(list, watched, token === '');
    const next = textOf(list.metadata?.continue);
    if (!next) return;
    if (next === token) throw new Refused(200, 'retry', 'a page of the list names itself as the next one');
    token = next;
  }
}
