/** What every row of this fold has: one for each object and span in which it was set the same. */
export interface SpanRow {
  id: string;
  cluster: string;
  started_at: string;
  ended_at: string | null;
  observed_at: string;
}

/** A row as the fold writes it; the runtime adds the version. */
export type Written<R> = Omit<R, 'version'>;

/** One object, under `pod/<uid>`, `node/<uid>` or `hpa/<uid>`. */
export interface SpanState {
  /** The newest span's row as it was last written; absent once nothing can change it. */
  row?: SpanRow;
  /** Spans so far. */
  spans: number;
  /** It has ended for good, though the object may still be there: a pod that has succeeded or failed. */
  over?: true;
  /** Gone since; remembered for a while, for what comes late. */
  gone?: number;
  /** Uid of a pod's owner whose own entry has not come. */
  owner?: string;
}

/** What the labels of a workload itself say. */
export interface WordsState {
  team: string;
  environment: string;
}

export const POD_PREFIX = 'pod/';
export const NODE_PREFIX = 'node/';
export const AUTOSCALER_PREFIX = 'hpa/';
/** `target` as `targetOf` makes it. */
export const wordsKey = (target: string): string => `words/${target}`;
