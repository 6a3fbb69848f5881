import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Coverage } from './coverage.ts';
import type { Change, KnownObjects, RawObject } from './known-objects.ts';
import type { KubeTransport } from './kube-transport.ts';
import type { Watched } from './sources.ts';
import type { BadLine } from './watch-lines.ts';

export interface ReflectorOptions {
  readonly pageSize: number;
  readonly maxPageBytes: number;
  readonly maxLineBytes: number;
  /** How long the server may take to begin its answer. */
  readonly requestTimeoutMs: number;
  /** A watch asks for a random time between this and 1.4 times as much. */
  readonly watchSeconds: number;
  /** A watch that brings nothing, not even its end, for its own time and so much more is given up. */
  readonly stallMarginMs: number;
  /** Gives a quiet watch up earlier, whatever its own time is. */
  readonly stallMs: number | null;
  /** After so long every object is told again, so that its state at any instant can be found. */
  readonly fullListEveryMs: number;
}

export const REFLECTOR_DEFAULTS: ReflectorOptions = {
  // A page's text and objects shall be gone before V8 takes them for long-lived: with 500, listing 10,000 pods takes 2 to 3 times
  // the memory.
  pageSize: 100,
  maxPageBytes: 32 * 1024 * 1024,
  maxLineBytes: 8 * 1024 * 1024,
  requestTimeoutMs: 30_000,
  // A server that hangs, a connection that is gone without a word, a watch that the server has forgotten: each is found
  // when the watch's own end does not come. Short watches find it within 33 s, over any proxy and any HTTP version.
  watchSeconds: 20,
  stallMarginMs: 5_000,
  stallMs: null,
  fullListEveryMs: 24 * 3600_000,
};

export interface ReflectorDeps {
  readonly watched: Watched;
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly known: KnownObjects;
  readonly coverage: Coverage;
  readonly options: ReflectorOptions;
  /** When every object was last told, by this agent's life or an earlier one; null when never. */
  readonly lastFullAt: number | null;
  /** The version that an earlier life had reached, and at which `known` stands; null where the two do not agree. */
  readonly resumeFrom: string | null;
  /**
   * Takes the changes over, in order; its promise is the backpressure. What it throws ends the reflector. `reached` is the
   * version at which what is known stands with them; null in the middle of a list.
   */
  deliver(changes: readonly Change[], reached: string | null): Promise<void>;
  /** What is known stands at this version, by a bookmark or at the end of a list. */
  onReached(version: string): void;
  onFullList(at: number): void;
  /** Whether there is room for telling every object again. */
  mayRetell(): boolean;
  /** Told of each object that the first list of this life found unchanged. */
  onUnchanged?(raw: RawObject): void;
  onBadLine(watched: Watched, line: BadLine): void;
  count(name: string, by?: number): void;
}
