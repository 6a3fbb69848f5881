/**
 * The journal as its readers and writers see it: ordered topics of one partition, on a local log or on Kafka.
 * Offsets are numbers; they rise, and may have holes.
 */

export interface JournalRecord {
  readonly offset: number;
  /** When it was appended, milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly value: string;
}

/** The offsets that can be read: first ≤ offset < next. */
export interface Bounds {
  readonly first: number;
  readonly next: number;
}

export interface ReadLimit {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long to wait when there is nothing yet; the answer is then empty. */
  readonly waitMs: number;
}

/** One topic that this reader has been given. */
export interface JournalPartition {
  readonly topic: string;
  /** Names this topic's life: a topic made anew has another. */
  readonly logId: string;
  /** Aborts when the partition is taken away or the reader closes; nothing may be written after that. */
  readonly signal: AbortSignal;
  bounds(): Promise<Bounds>;
  /**
   * Records from `from` on, in order. Throws AppError `offset_out_of_range` (details: first, next) when `from` lies
   * before the first or past the next, `aborted` when the signal has aborted.
   */
  read(from: number, limit: ReadLimit): Promise<readonly JournalRecord[]>;
  /** Tells the journal that all before `next` is safely in the store, so that retention may go on. */
  saved(next: number): Promise<void>;
}

/** Finds topics (new ones too) and hands each to `work`, for as long as it is this reader's. */
/** What keeps work from being done since `since` (milliseconds since the Unix epoch). `lasting`: until somebody puts it right. */
export interface Trouble {
  readonly since: number;
  readonly reason: string;
  readonly lasting: boolean;
}

export interface JournalReader {
  /**
   * Runs until `close`. `work` is called once an assignment and should end when its partition's signal aborts; if it
   * throws, `run` closes every partition and throws the same error.
   */
  run(work: (partition: JournalPartition) => Promise<void>): Promise<void>;
  /** What keeps topics from being found or read. */
  trouble(): Trouble | null;
  close(): Promise<void>;
}

/** Opens a reader of the topics that `accepts` takes. Readers of one group share the topics out between them. */
export interface JournalReaderOptions {
  readonly group: string;
  readonly accepts: (topic: string) => boolean;
}

/** Publishes derived records and dead letters. At least once. */
export interface Publisher {
  publish(topic: string, records: readonly { key: string; value: string }[]): Promise<void>;
  close(): Promise<void>;
}

/** Follows a topic from its end, without a group and without a position: for live streams. */
export interface Tail {
  close(): Promise<void>;
}

/** What a process needs of the journal, whichever it is. */
export interface Bus {
  reader(options: JournalReaderOptions): JournalReader;
  publisher(): Promise<Publisher>;
  tail(topic: string, onRecord: (record: JournalRecord) => void): Promise<Tail>;
  /** Throws when the journal cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}
