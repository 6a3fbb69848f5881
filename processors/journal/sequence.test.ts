import { expect, it } from 'vitest';
import { timeAt } from './testing/fake-journal.ts';
import { cutShort, judge, noSequence, numberOf, type Sequence } from './sequence.ts';

const at = (epoch: number | null, seq: number): Sequence => ({ ...noSequence, epoch, seq, observedAt: timeAt(seq) });
const numbered = (epoch: number, seq: number) => ({ epoch, seq, observed_at: timeAt(seq) });

it.each([
  ['the next', at(1, 4), numbered(1, 5), false, { kind: 'next', missing: 0 }],
  ['the same again', at(1, 4), numbered(1, 4), false, { kind: 'repeat' }],
  ['an earlier one', at(1, 4), numbered(1, 2), false, { kind: 'repeat' }],
  ['one of an older epoch', at(2, 1), numbered(1, 9), false, { kind: 'repeat' }],
  ['one after a hole', at(1, 4), numbered(1, 8), false, { kind: 'next', missing: 3 }],
  ['the first of a new epoch', at(1, 4), numbered(2, 1), false, { kind: 'next', missing: 0 }],
  ['a later one of a new epoch', at(1, 4), numbered(3, 6), false, { kind: 'next', missing: 5 }],
  ['the first seen at all', noSequence, numbered(7, 6), false, { kind: 'next', missing: 0 }],
  ['the log begins too late', noSequence, numbered(7, 6), true, { kind: 'next', missing: 5 }],
  ['already folded before the log was cut', cutShort(at(1, 6)), numbered(1, 6), true, { kind: 'repeat' }],
  ['new after the log was cut', cutShort(at(1, 6)), numbered(1, 7), true, { kind: 'next', missing: 0 }],
])('judges %s', (_, sequence, entry, atStart, verdict) => {
  const judged = judge(sequence, entry, atStart);
  expect(judged.verdict).toEqual(verdict);
  expect(judged.sequence.repeats).toBe(verdict.kind === 'repeat' ? 1 : 0);
  expect(judged.sequence.holes).toBe('missing' in verdict ? verdict.missing : 0);
});

it.each([
  ['{"epoch":1,"seq":2,"observed_at":"2026-01-01T00:00:02.000Z"}', numbered(1, 2)],
  ['{"epoch":1,"seq":2,"observed_at":"yesterday"}', { epoch: 1, seq: 2, observed_at: null }],
  ['{"epoch":"1","seq":2}', null],
  ['{"epoch":1,"seq":0}', null],
  ['null', null],
  ['{', null],
])('makes out the number of %s', (value, expected) => {
  expect(numberOf(value)).toEqual(expected);
});
