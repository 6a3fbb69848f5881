import { EXCEPTION_FIELDS, type ExceptionItem } from '../schemas/api/exceptions.ts';
import { DERIVED_TOPIC } from '../schemas/topics.ts';
import type { Clock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import type { Bus, JournalRecord, Tail } from '../platform/bus/journal.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { passes, type RowFilter } from './filter.ts';
import type { Principal } from './auth.ts';
import { inScope, type Scope } from './scope.ts';

/** The bytes that go to one client. `pendingBytes`: accepted, but not yet taken by its connection. */
export interface LiveSink {
  write(chunk: string): void;
  pendingBytes(): number;
  /** Ends the answer in good order; `destroy` drops the connection. */
  end(): void;
  destroy(): void;
}

export interface LiveExceptions {
  /** Adds a client; the returned function removes it. Throws AppError `unavailable` when there are too many, or no tail. */
  add(reader: Principal, filter: RowFilter, sink: LiveSink): Promise<() => void>;
  readonly clients: number;
  close(): Promise<void>;
}

interface Client {
  readonly name: string;
  readonly scope: Scope;
  readonly filter: RowFilter;
  readonly sink: LiveSink;
}

const HEARTBEAT_MS = 15_000;
const LINGER_MS = 5000;
const REMEMBERED = 20_000;

interface Derived {
  readonly item: ExceptionItem;
  readonly version: number;
}

/** A derived record that is an exception, or null for any other and for what cannot be read. */
function parseDerived(record: JournalRecord): Derived | null {
  let value: { kind?: unknown; version?: unknown; row?: Record<string, unknown> } | null;
  try {
    value = JSON.parse(record.value) as typeof value;
  } catch {
    return null;
  }
  const row = value?.row;
  if (value?.kind !== 'exception' || !row || typeof row['id'] !== 'string') return null;
  if (typeof row['cluster'] !== 'string' || typeof row['namespace'] !== 'string') return null;
  if (!Array.isArray(row['services'])) return null;
  const version = Number(row['version'] ?? value.version ?? record.offset);
  const item = Object.fromEntries(EXCEPTION_FIELDS.map((field) => [field, row[field] ?? null]));
  return { item: item as unknown as ExceptionItem, version };
}

const wants = ({ scope, filter }: Client, item: ExceptionItem): boolean =>
  inScope(scope, item.cluster, item.namespace) && passes(filter, item);

/**
 * Hands new exceptions to everyone who listens. One tail serves all clients; it is opened with the first and closed with
 * the last. A row's repeat, and an older version that comes late, are dropped. A client that does not take its bytes is
 * told so and dropped, so that nobody else waits and memory stays bounded.
 */
export function createLiveExceptions(deps: {
  bus: Pick<Bus, 'tail'>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  maxClients: number;
  /** Of one token, so that one reader cannot shut the others out. */
  maxClientsEach: number;
  maxPendingBytes: number;
}): LiveExceptions {
  const { bus, clock, log, metrics } = deps;
  const clients = new Set<Client>();
  const lastVersion = new Map<string, number>();
  let tail: Promise<Tail> | null = null;
  let stopHeartbeat: (() => void) | null = null;
  let closed = false;
  const clientsGauge = metrics.gauge('api_stream_clients', 'Clients of the live stream');
  const dropped = metrics.counter(
    'api_stream_dropped_total',
    'Clients of the live stream dropped because they were slow',
  );

  const isRepeat = (id: string, version: number): boolean => {
    const known = lastVersion.get(id);
    if (known !== undefined && version <= known) return true;
    lastVersion.delete(id);
    lastVersion.set(id, version);
    if (lastVersion.size > REMEMBERED) lastVersion.delete(lastVersion.keys().next().value as string);
    return false;
  };

  const drop = (client: Client): void => {
    remove(client);
    dropped.inc();
    client.sink.write(
      'event: dropped\ndata: {"reason":"too slow: events were waiting; connect again and reload the list"}\n\n',
    );
    client.sink.end();
    clock.after(LINGER_MS, () => client.sink.destroy());
  };

  const send = (client: Client, chunk: string): void => {
    if (client.sink.pendingBytes() + chunk.length > deps.maxPendingBytes) drop(client);
    else client.sink.write(chunk);
  };

  const onRecord = (record: JournalRecord): void => {
    const derived = parseDerived(record);
    if (!derived || isRepeat(derived.item.id, derived.version)) return;
    const { item, version } = derived;
    const chunk = `id: ${record.offset}-${version}\nevent: exception\ndata: ${JSON.stringify(item)}\n\n`;
    for (const client of clients) if (wants(client, item)) send(client, chunk);
  };

  const beat = (): void => {
    for (const client of clients) send(client, ': heartbeat\n\n');
    stopHeartbeat = clients.size > 0 ? clock.after(HEARTBEAT_MS, beat) : null;
  };

  const closeTail = async (open: Promise<Tail>): Promise<void> => {
    try {
      await (await open).close();
    } catch (error) {
      log.warn({ err: error }, 'the live stream could not be closed in good order');
    }
  };

  function remove(client: Client): void {
    if (!clients.delete(client)) return;
    clientsGauge.set(clients.size);
    if (clients.size > 0) return;
    stopHeartbeat?.();
    stopHeartbeat = null;
    lastVersion.clear();
    const open = tail;
    tail = null;
    if (open) void closeTail(open);
  }

  return {
    get clients() {
      return clients.size;
    },
    async add({ name, scope }, filter, sink) {
      const own = [...clients].filter((client) => client.name === name).length;
      if (closed || clients.size >= deps.maxClients || own >= deps.maxClientsEach)
        throw new AppError('unavailable', 'too many listen already', { retryable: true });
      const client: Client = { name, scope, filter, sink };
      clients.add(client);
      clientsGauge.set(clients.size);
      tail ??= bus.tail(DERIVED_TOPIC, onRecord);
      const opened = tail;
      try {
        await opened;
      } catch (error) {
        if (tail === opened) tail = null;
        remove(client);
        throw new AppError('unavailable', 'the journal cannot be followed', { retryable: true, cause: error });
      }
      if (!clients.has(client)) throw new AppError('unavailable', 'the stream was closed', { retryable: true });
      stopHeartbeat ??= clock.after(HEARTBEAT_MS, beat);
      return () => remove(client);
    },
    async close() {
      closed = true;
      const open = tail;
      for (const client of clients) {
        client.sink.end();
        clients.delete(client);
      }
      stopHeartbeat?.();
      tail = null;
      if (open) await closeTail(open);
    },
  };
}
