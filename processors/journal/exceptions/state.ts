import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import type { SignKind } from '../objects/signs.ts';
import type { RuleFacts } from './rules.ts';

/** A row as the fold writes it; the runtime adds the version. */
export type Row = Omit<ExceptionRow, 'version'>;

/**
 * What is known of one container's lives. `next`: every ordinal below it is accounted for. `started`: when its newest
 * instance began. `seen`: the last deaths' evidence (container id, or end and exit code), newest last.
 */
export interface ContainerRecord {
  rc: number;
  next: number;
  generation: number;
  started: number | null;
  seen: { generation: number; ordinal: number; evidence: string }[];
}

/** A death whose row can still change. `lines` is the hash of its log's last error lines, '' before the log. */
export interface DeathRecord {
  row: Row;
  facts: Omit<RuleFacts, 'row'>;
  lines: string;
  /** What its log says in plain words, or ''. */
  says: string;
  memoryLimit: string;
  /** When its log's row was first written, or ''. */
  log_at: string;
}

export type SpellKind = SignKind | 'node';

/** An open spell. `due`: when it becomes a row, or its verdict is asked again. `runs_since`: a crash loop's container runs. */
export interface SpellRecord {
  kind: SpellKind;
  row: Row;
  begin: number;
  due: number | null;
  written: boolean;
  runs_since: number | null;
}

export interface EventRecord {
  reason: string;
  container: string;
  message: string;
  at: number;
}

/** The log of a death that no pod entry has shown yet, without its text. */
export interface EarlyLog {
  container: string;
  generation: number;
  ordinal: number;
  log: LogWord;
}

/** What a log entry changes in the row of its death. */
export interface LogWord {
  status: Row['log_status'];
  lines: string;
  says: string;
  unavailable: boolean;
  container_id: string;
  started_at: string | null;
  finished_at: string | null;
  log_at: string;
}

/** One pod, under `pod/<uid>`. Lists are left out while empty: a healthy pod is a name, an owner and a node. */
/** What is known of a pod's container, whatever its name is: `constructor` is one. */
export const recordOf = ({ containers }: Pick<PodState, 'containers'>, name: string): ContainerRecord | undefined =>
  containers && Object.hasOwn(containers, name) ? containers[name] : undefined;

export interface PodState {
  namespace: string;
  name: string;
  node: string;
  created: number | null;
  workload: [kind: string, name: string];
  /** Uid of the owner whose own entry has not come yet. */
  owner?: string;
  job?: boolean;
  /** When its deletion was asked for. */
  deleted_at?: number;
  disrupted?: boolean;
  over?: boolean;
  /** Kept while it has rows that can change. */
  labels?: Record<string, string>;
  containers?: Record<string, ContainerRecord>;
  deaths?: DeathRecord[];
  spells?: SpellRecord[];
  spellCount?: number;
  events?: EventRecord[];
  early?: EarlyLog[];
  end?: Row;
  /** Deleted: when, and the entry that said so. */
  gone?: { at: number; epoch: number; seq: number };
}

/** A node that is not ready, under `node/<name>`; a ready one has no state. */
export interface NodeState {
  since: number;
  message: string;
}

export const podKey = (uid: string) => `pod/${uid}`;
export const serviceKey = (uid: string) => `service/${uid}`;
export const nodeKey = (name: string) => `node/${name}`;
export const FIRST_SEEN_KEY = 'first-seen';
