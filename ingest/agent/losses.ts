import { LOSSES_TOLD } from '../../platform/bus/local-log.ts';
import { toTime } from '../../platform/clock.ts';
import type { CoverageObject } from '../../schemas/objects.ts';
import type { Draft } from './journal-writer.ts';

/** Entries of the local log that are gone: dropped at its bound before they were read, or in a file that cannot be read. */
export interface Loss {
  /** The local log's own number of it; it hands the loss over again at each opening until that is acknowledged. */
  readonly id?: number;
  /** About when they were appended, milliseconds since the Unix epoch; null where that cannot be told. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly reason: string;
  /** What the local log knows of its objects is older than what was told of them. */
  readonly setBack?: boolean;
}

/** What acknowledges losses to the local log when it is committed with their entries. */
export function toldMeta(losses: readonly Loss[]): Record<string, string> {
  const last = Math.max(0, ...losses.map(({ id }) => id ?? 0));
  return last > 0 ? { [LOSSES_TOLD]: String(last) } : {};
}

/** A gap of the journal itself, under the kind by which the processors name theirs. */
export function lossDraft({ fromMs, toMs, reason }: Loss, now: number): Draft {
  const end = toMs ?? now;
  const object: CoverageObject = {
    kind: 'journal',
    namespace: '',
    state: 'gap',
    from: toTime(Math.min(fromMs ?? end, end)),
    to: toTime(end),
    reason,
    vanished: 0,
  };
  return { kind: 'coverage', op: 'add', namespace: '', name: '', uid: '', resource_version: '', object };
}
