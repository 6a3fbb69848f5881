import type { Bounds, JournalRecord, ReadLimit } from './journal.ts';

/** What the agent remembers of one object: enough to find, after an absence, what was deleted or died meanwhile. */
export interface Known {
  /** What was watched: `pod`, `workload/deployments`, … */
  readonly source: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** JSON of the source's own: restart counts for a pod; '' otherwise. */
  readonly note: string;
}

export type KnownChange = { readonly put: Known } | { readonly forget: Pick<Known, 'source' | 'namespace' | 'name'> };

/**
 * The key of `AppendBatch.meta` by which a writer says up to which of the log's losses, by their `id`, it has told. What it
 * has not told is handed to it again at each opening.
 */
export const LOSSES_TOLD = 'log.losses_told';

export interface AppendBatch {
  /** Encoded entries, in order. */
  readonly values: readonly string[];
  /** Which of the values will be told again anyway, and give way first at the log's bound; none where it is left out. */
  readonly recoverable?: readonly boolean[];
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Changes of what is known, committed with the entries or not at all. */
  readonly known?: readonly KnownChange[];
  /** Small facts of the writer, such as its last epoch, committed with the entries. */
  readonly meta?: Readonly<Record<string, string>>;
}

/**
 * A durable, ordered log in one folder: SQLite segments, unlinked once every reader has passed them. At its bound the
 * oldest recoverable entries give way, which leaves holes in the offsets; then the oldest segment goes whole.
 */
export interface LocalLog {
  readonly topic: string;
  readonly logId: string;
  /** Resolves with the first offset once the entries are on disk (group commit). Throws AppError `disk_full`, `log_corrupt`. */
  append(batch: AppendBatch): Promise<number>;
  known(source: string): Known[];
  meta(key: string): string | undefined;
  bounds(): Bounds;
  bytes(): number;
  /** Whether the log is filled to less than half of its bound: room for what had to give way to be told again. */
  roomy(): boolean;
  /** As JournalPartition.read. */
  read(from: number, limit: ReadLimit, signal?: AbortSignal): Promise<readonly JournalRecord[]>;
  close(): Promise<void>;
}
