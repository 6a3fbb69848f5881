import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';
import type { KubeObject } from '../cluster/objects.ts';
import type { Change, ObjectStore } from '../cluster/object-store.ts';
import { apiVersionOf } from '../cluster/resources.ts';
import type { Fault } from './faults.ts';
import type { Asked } from './list.ts';
import { sendStatus, statusOf } from './reply.ts';
import { matcherOf } from './selectors.ts';
import { openWatchStream } from './watch-stream.ts';

export interface WatchOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly bookmarkMs: number;
  /** The revision at which the watch cache begins: a watch from before it gets 410. */
  readonly cachedFrom: () => number;
  readonly onFault: () => void;
}

const DEFAULT_TIMEOUT_S = 1800;
const TOO_OLD = (asked: number, oldest: number) => `too old resource version: ${asked} (${oldest})`;

/** What a change is to a watcher with a selector: an object that stops matching is deleted for it. */
function seenAs(change: Change, matches: (object: KubeObject) => boolean): { type: string; object: KubeObject } | null {
  const now = matches(change.object);
  if (change.type !== 'MODIFIED') return now ? { type: change.type, object: change.object } : null;
  const before = change.previous !== null && matches(change.previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: change.object };
  return before ? { type: 'DELETED', object: change.object } : null;
}

/**
 * One watch: first what the caller does not know yet (all objects without a resourceVersion or with 0, the changes since it otherwise), then
 * changes as they come, bookmarks between, until its timeout. A version older than the window gets 410 in the stream,
 * as the watch cache does.
 */
export function serveWatch(options: WatchOptions, asked: Asked, response: ServerResponse, fault?: Fault): void {
  const { store, clock } = options;
  const { resource, namespace, query, tabulate } = asked;
  const matches = matcherOf(namespace, query);
  const version = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents') === 'true';
  const from = version === '' || version === '0' || initial ? null : Number(version);
  if (from !== null && !Number.isSafeInteger(from))
    return sendStatus(response, 400, `invalid resource version "${version}"`);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const oldest = Math.max(store.compactedAt(), options.cachedFrom());
  const stream = openWatchStream(response, fault, options.onFault);

  const bookmark = (annotations?: Record<string, string>) => {
    const metadata = {
      resourceVersion: String(store.revision()),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    stream.send(
      'BOOKMARK',
      tabulate?.(resource, [], metadata) ?? { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata },
    );
  };
  const shown = (object: KubeObject) =>
    tabulate?.(resource, [object], { resourceVersion: object.metadata.resourceVersion }) ?? object;
  const sendChange = (change: Change) => {
    if (change.resource !== resource) return;
    const seen = seenAs(change, matches);
    if (!seen) return;
    stream.send(seen.type, shown(seen.type === 'DELETED' ? atRevision(seen.object, change.revision) : seen.object));
  };

  if (fault?.kind === 'expired') options.onFault();
  if (fault?.kind === 'expired' || (from !== null && from < oldest)) {
    stream.send('ERROR', statusOf(410, TOO_OLD(from ?? 0, oldest), undefined, 'Expired'));
    return stream.end();
  }
  if (from === null)
    for (const object of store.list(resource)) if (matches(object)) stream.send('ADDED', shown(object));
  if (initial && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' });
  if (from !== null) for (const change of store.since(from)) sendChange(change);
  stream.breakIfDue();

  const unsubscribe = store.subscribe(sendChange);
  let cancelBookmark = () => {};
  const markLater = () => {
    cancelBookmark = clock.after(options.bookmarkMs, () => {
      bookmark();
      markLater();
    });
  };
  if (bookmarks) markLater();
  const cancelEnd = clock.after(1000 * (Number(query.get('timeoutSeconds')) || DEFAULT_TIMEOUT_S), () => {
    if (bookmarks) bookmark();
    stream.end();
  });
  response.on('close', () => {
    unsubscribe();
    cancelBookmark();
    cancelEnd();
  });
}

const atRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
