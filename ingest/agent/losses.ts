import { toTime } from '../../platform/clock.ts';
import type { CoverageObject } from '../../schemas/objects.ts';
import type { Draft } from './journal-writer.ts';

/** Entries of the local log that are gone: dropped at its bound before they were read, or in a file that cannot be read. */
export interface Loss {
  /** About when they were appended, milliseconds since the Unix epoch; null where that cannot be told. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly reason: string;
  /** What the local log knows of its objects is older than what was told of them. */
  readonly setBack?: boolean;
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
