import { describe, expect, it } from 'vitest';
import { timeAt } from './testing/fake-journal.ts';
import { cutShort, judge, noSequence, numberOf, savedSequence, type Sequence } from './sequence.ts';

const at = (epoch: number | null, seq: number): Sequence => ({ ...noSequence, epoch, seq, observedAt: timeAt(seq) });
const numbered = (epoch: number, seq: number) => ({ epoch, seq, observed_at: timeAt(seq) });

/** A numbering as it was saved before several epochs were known. */
const oldForm = (epoch: number | null, seq: number) => ({
  epoch,
  seq,
  observedAt: timeAt(seq),
  floor: null,
  holes: 0,
  repeats: 0,
});

it.each([
  ['the next', at(1, 4), numbered(1, 5), false, { kind: 'next', missing: 0 }],
  ['the same again', at(1, 4), numbered(1, 4), false, { kind: 'repeat' }],
  ['an earlier one', at(1, 4), numbered(1, 2), false, { kind: 'repeat' }],
  ['one of an older epoch that was never seen', at(2, 1), numbered(1, 9), false, { kind: 'next', missing: 8 }],
  [
    'one of an older epoch that an earlier version had left behind',
    savedSequence(oldForm(2, 1)),
    numbered(1, 9),
    false,
    { kind: 'unknown' },
  ],
  ['one after a hole', at(1, 4), numbered(1, 8), false, { kind: 'next', missing: 3 }],
  ['the first of a new epoch', at(1, 4), numbered(2, 1), false, { kind: 'next', missing: 0 }],
  ['a later one of a new epoch', at(1, 4), numbered(3, 6), false, { kind: 'next', missing: 5 }],
  ['the first seen at all', noSequence, numbered(7, 6), false, { kind: 'next', missing: 0 }],
  ['the log begins too late', noSequence, numbered(7, 6), true, { kind: 'next', missing: 5 }],
  ['already folded before the log was cut', cutShort(at(1, 6)), numbered(1, 6), true, { kind: 'repeat' }],
  ['new after the log was cut', cutShort(at(1, 6)), numbered(1, 7), true, { kind: 'next', missing: 0 }],
])('judges %s', (_, sequence, entry, atStart, verdict) => {
  const judged = judge(sequence, entry, atStart);
  expect(judged.verdict).toMatchObject(verdict);
  expect(judged.sequence.repeats).toBe(verdict.kind === 'next' ? 0 : 1);
  expect(judged.sequence.holes).toBe('missing' in verdict ? verdict.missing : 0);
});

it.each([
  ['{"epoch":1,"seq":2,"observed_at":"2026-01-01T00:00:02.000Z"}', numbered(1, 2)],
  ['{"epoch":1,"seq":2,"observed_at":"yesterday"}', { epoch: 1, seq: 2, observed_at: null }],
  ['{"epoch":1,"seq":2,"observed_at":"2026-02-30T00:00:00.000Z"}', { epoch: 1, seq: 2, observed_at: null }],
  ['{"epoch":1e300,"seq":2}', null],
  ['{"epoch":"1","seq":2}', null],
  ['{"epoch":1,"seq":0}', null],
  ['null', null],
  ['{', null],
])('makes out the number of %s', (value, expected) => {
  expect(numberOf(value)).toEqual(expected);
});

it('counts no more holes than a row can hold', () => {
  const far = Number.MAX_SAFE_INTEGER;
  const first = judge(noSequence, { epoch: 1, seq: far, observed_at: null }, true).sequence;
  expect(first.holes).toBe(far - 1);
  expect(judge(first, { epoch: 2, seq: far, observed_at: null }, false).sequence.holes).toBe(far);
});

/** What becomes of entries one after the other: `[epoch, seq, second]`. */
function verdicts(numbers: readonly (readonly [epoch: number, seq: number, second: number])[], start = noSequence) {
  let sequence = start;
  const kinds = numbers.map(([epoch, seq, second]) => {
    const judged = judge(sequence, { epoch, seq, observed_at: timeAt(second) }, false);
    sequence = JSON.parse(JSON.stringify(judged.sequence)) as Sequence;
    const { verdict } = judged;
    return verdict.kind !== 'next' ? verdict.kind : `${verdict.late ? 'late' : 'next'} ${verdict.missing}`;
  });
  return { kinds, sequence };
}

describe('two agents that write by turns', () => {
  it('the rest of the first, shipped after the second took over, is late and no repeat', () => {
    const { kinds, sequence } = verdicts([
      [100, 1, 1],
      [200, 1, 9],
      [100, 2, 2],
      [100, 2, 2],
      [200, 2, 10],
      [200, 1, 9],
    ]);
    expect(kinds).toEqual(['next 0', 'next 0', 'late 0', 'repeat', 'next 0', 'repeat']);
    expect(sequence).toMatchObject({ epoch: 200, seq: 2, observedAt: timeAt(10), holes: 0, repeats: 2 });
  });

  it('a hole is counted in its own epoch', () => {
    const { kinds, sequence } = verdicts([
      [100, 1, 1],
      [200, 1, 9],
      [100, 4, 2],
      [200, 3, 10],
    ]);
    expect(kinds).toEqual(['next 0', 'next 0', 'late 2', 'next 1']);
    expect(sequence.holes).toBe(3);
  });

  it('a clock that is behind makes entries late only until it has caught up', () => {
    const { kinds } = verdicts([
      [100, 1, 10],
      [50, 1, 8],
      [50, 2, 9],
      [50, 3, 10],
      [50, 4, 11],
    ]);
    expect(kinds).toEqual(['next 0', 'late 0', 'late 0', 'next 0', 'next 0']);
  });

  it('a new life is never late, though its clock was set back', () => {
    expect(
      verdicts([
        [100, 1, 10],
        [101, 1, 2],
        [101, 2, 3],
      ]).kinds,
    ).toEqual(['next 0', 'next 0', 'next 0']);
  });
});

it('keeps a bounded number of epochs, and says of the forgotten ones that it does not know', () => {
  const lives = Array.from({ length: 100 }, (_, index) => [index + 1, 1, index + 1] as const);
  const { sequence } = verdicts(lives);
  expect(sequence.others).toHaveLength(31);
  expect(
    verdicts(
      [
        [70, 1, 70],
        [69, 1, 69],
        [68, 2, 68],
      ],
      sequence,
    ).kinds,
  ).toEqual(['repeat', 'repeat', 'unknown']);
});

it('what was folded before a cut stays so after the first new entry', () => {
  const { sequence } = verdicts([
    [1, 4, 4],
    [2, 1, 6],
  ]);
  const cut = cutShort(sequence);
  const { kinds } = verdicts(
    [
      [2, 1, 6],
      [2, 2, 7],
      [1, 4, 4],
      [1, 5, 5],
      [2, 3, 8],
    ],
    cut,
  );
  expect(kinds).toEqual(['repeat', 'next 0', 'repeat', 'repeat', 'next 0']);
});

it('reads a numbering that an earlier version saved', () => {
  const { kinds } = verdicts(
    [
      [2, 1, 1],
      [2, 2, 2],
      [3, 1, 3],
      [1, 1, 1],
    ],
    savedSequence(oldForm(2, 1)),
  );
  expect(kinds).toEqual(['repeat', 'next 0', 'next 0', 'unknown']);
  expect(verdicts([[2, 7, 1]], savedSequence(oldForm(null, 0))).kinds).toEqual(['next 0']);
  expect(savedSequence(noSequence)).toEqual(noSequence);
});
