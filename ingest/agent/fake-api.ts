import { AppError } from '../../platform/errors.ts';
import type { KubeRequest, KubeResponse, KubeTransport } from './kube-transport.ts';
import type { RawObject } from './known-objects.ts';

/** A collection of an API server for tests: a history of versions, paged lists, watches that can be cut in every way. */
export interface FakeApi extends KubeTransport {
  readonly requests: KubeRequest[];
  readonly watches: FakeWatch[];
  version(): number;
  put(name: string, change?: Partial<RawObject>): RawObject;
  remove(name: string): void;
  /** Puts an object under the same name with another uid, as a delete and a create between two looks. */
  replace(name: string): RawObject;
  /** Forgets the history: watches and continue tokens of earlier versions answer 410. */
  compact(): void;
  /** Answers the next requests that `matches` with what is given, instead of the truth. */
  refuse(matches: (path: string) => boolean, answer: FakeAnswer, times?: number): void;
  /** Sends every open watch a bookmark. */
  bookmark(): void;
}

export type FakeAnswer = { status: number; body?: unknown; headers?: Record<string, string> } | { error: AppError };

export interface FakeWatch {
  readonly path: string;
  readonly open: boolean;
  send(text: string): void;
  end(): void;
  cut(): void;
}

interface HistoryEvent {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: RawObject;
}

const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

export const reset = (): AppError => new AppError('unavailable', 'connection reset', { retryable: true });

function responseOf(status: number, body: unknown, headers: Record<string, string> = {}): KubeResponse {
  const bytes = Buffer.from(JSON.stringify(body ?? {}));
  return { status, headers, body: [bytes] as unknown as AsyncIterable<Uint8Array>, destroy: () => undefined };
}

function stream(path: string, signal: AbortSignal | undefined): { watch: FakeWatch; body: AsyncIterable<Uint8Array> } {
  const queue: (Buffer | null | AppError)[] = [];
  let wake: () => void = () => undefined;
  let open = true;
  const push = (item: Buffer | null | AppError): void => {
    if (!open) return;
    if (!(item instanceof Buffer)) open = false;
    queue.push(item);
    wake();
  };
  signal?.addEventListener('abort', () => {
    queue.length = 0;
    push(new AppError('aborted', 'given up'));
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const item = queue.shift();
      if (item === null || item === undefined) return;
      if (item instanceof AppError) throw item;
      yield item;
    }
  }
  const watch: FakeWatch = {
    path,
    get open() {
      return open;
    },
    send: (text) => push(Buffer.from(text)),
    end: () => push(null),
    cut: () => push(reset()),
  };
  return { watch, body: body() };
}

export function createFakeApi(): FakeApi {
  const objects = new Map<string, RawObject>();
  const snapshots = new Map<string, { version: number; items: RawObject[] }>();
  const refusals: { matches: (path: string) => boolean; answer: FakeAnswer; times: number }[] = [];
  const requests: KubeRequest[] = [];
  const watches: FakeWatch[] = [];
  let history: HistoryEvent[] = [];
  /** What there was when the history began. */
  let base: RawObject[] = [];
  let [version, oldest, uids] = [100, 0, 0];

  const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  function record(type: HistoryEvent['type'], object: RawObject): RawObject {
    const event = { version, type, object: structuredClone(object) };
    history.push(event);
    for (const each of watches) each.send(line(type, event.object));
    return object;
  }
  function put(name: string, change: Partial<RawObject> = {}): RawObject {
    const before = objects.get(name);
    version++;
    const metadata = {
      name,
      namespace: 'shop',
      uid: before?.metadata.uid ?? `uid-${++uids}`,
      resourceVersion: `${version}`,
    };
    const object: RawObject = { ...before, ...change, metadata };
    objects.set(name, object);
    return record(before ? 'MODIFIED' : 'ADDED', object);
  }
  function remove(name: string): void {
    const object = objects.get(name);
    if (!object) return;
    version++;
    objects.delete(name);
    record('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } });
  }

  function stateAt(at: number): RawObject[] {
    const state = new Map(base.map((object) => [object.metadata.name, object]));
    for (const { version: when, type, object } of history) {
      if (when > at) break;
      if (type === 'DELETED') state.delete(object.metadata.name);
      else state.set(object.metadata.name, object);
    }
    return structuredClone([...state.values()]);
  }

  function list(query: URLSearchParams): KubeResponse {
    const token = query.get('continue');
    const exact = query.get('resourceVersionMatch') === 'Exact' ? Number(query.get('resourceVersion')) : null;
    if (exact !== null && exact < oldest) return responseOf(410, gone);
    const [id, from] = token ? (token.split(':') as [string, string]) : [`${exact ?? version}`, '0'];
    if (token && !snapshots.has(id)) return responseOf(410, gone);
    const at = exact ?? version;
    const snapshot = snapshots.get(id) ?? { version: at, items: stateAt(at) };
    const limit = Number(query.get('limit') ?? Infinity);
    const next = Number(from) + limit;
    const metadata: Record<string, string> = { resourceVersion: `${snapshot.version}` };
    if (next < snapshot.items.length) {
      snapshots.set(id, snapshot);
      metadata.continue = `${id}:${next}`;
    }
    return responseOf(200, {
      kind: 'PodList',
      metadata,
      items: structuredClone(snapshot.items.slice(Number(from), next)),
    });
  }

  function watch(request: KubeRequest, query: URLSearchParams): KubeResponse {
    const from = Number(query.get('resourceVersion'));
    if (from < oldest) return responseOf(410, gone);
    const { watch: opened, body } = stream(request.path, request.signal);
    for (const event of history) if (event.version > from) opened.send(line(event.type, event.object));
    watches.push(opened);
    return { status: 200, headers: {}, body, destroy: () => opened.end() };
  }

  return {
    server: 'http://fake',
    requests,
    watches,
    version: () => version,
    put,
    remove,
    replace(name) {
      const quiet = watches.splice(0);
      remove(name);
      const made = put(name);
      watches.push(...quiet);
      return made;
    },
    compact() {
      snapshots.clear();
      base = structuredClone([...objects.values()]);
      history = [];
      oldest = ++version;
    },
    refuse: (matches, answer, times = 1) => void refusals.push({ matches, answer, times }),
    bookmark() {
      for (const each of watches)
        each.send(line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: `${version}` } }));
    },
    async request(request) {
      requests.push(request);
      await new Promise((resolve) => setImmediate(resolve));
      if (request.signal?.aborted) throw new AppError('aborted', 'given up');
      const refusal = refusals.find((one) => one.times > 0 && one.matches(request.path));
      if (refusal) {
        refusal.times--;
        if ('error' in refusal.answer) throw refusal.answer.error;
        return responseOf(refusal.answer.status, refusal.answer.body, refusal.answer.headers);
      }
      const query = new URLSearchParams(request.path.split('?')[1]);
      return query.get('watch') === 'true' ? watch(request, query) : list(query);
    },
    close: () => undefined,
  };
}
