import { describe, expect, it } from 'vitest';
import { BatchRows } from './batch-rows.ts';
import { createGapRows } from './gap-rows.ts';

const time = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const after = (epoch: number, seq: number, second: number) => ({ epoch, seq, observedAt: time(second) });

function setUp() {
  const rows = new BatchRows();
  const gaps = createGapRows(rows, { cluster: 'c', group: 'journal' });
  const told = () => rows.tables(1).flatMap(({ rows: all }) => all.map(({ from, to, reason }) => [from, to, reason]));
  return { gaps, told };
}

describe('the gaps of a batch', () => {
  it('tells holes that follow each other closely as one, with all that is missing', () => {
    const { gaps, told } = setUp();
    gaps.hole(after(1, 10, 0), { epoch: 1, seq: 13 }, 2, time(5));
    gaps.hole(after(1, 13, 5), { epoch: 1, seq: 20 }, 6, time(9));
    gaps.hole(after(1, 25, 60), { epoch: 1, seq: 27 }, 1, time(61));
    expect(told()).toEqual([[time(0), time(61), 'journal: 9 entries missing between 1/10 and 1/27']]);
    expect(gaps.count).toBe(1);
  });

  it('keeps those apart that lie far apart, in two epochs, or have another reason', () => {
    const { gaps, told } = setUp();
    gaps.hole(after(1, 10, 0), { epoch: 1, seq: 12 }, 1, time(1));
    gaps.hole(after(1, 50, 100), { epoch: 1, seq: 52 }, 1, time(101));
    gaps.hole(after(1, 52, 101.5), { epoch: 2, seq: 3 }, 2, time(102));
    gaps.told('offsets 3 to 7 were gone', time(102.5), time(103));
    gaps.hole(after(2, 9, 104), { epoch: 2, seq: 11 }, 1, time(105));
    expect(told()).toEqual([
      [time(0), time(1), 'journal: 1 entries missing between 1/10 and 1/12'],
      [time(100), time(101), 'journal: 1 entries missing between 1/50 and 1/52'],
      [time(101.5), time(102), 'journal: 2 entries missing between 1/52 and 2/3'],
      [time(102.5), time(103), 'offsets 3 to 7 were gone'],
      [time(104), time(105), 'journal: 1 entries missing between 2/9 and 2/11'],
    ]);
    expect(gaps.count).toBe(5);
  });

  it('tells what was overtaken as late, and what could not be judged as a gap, a row for each epoch', () => {
    const { gaps, told } = setUp();
    gaps.late({ epoch: 1, seq: 7 }, time(5));
    gaps.unknown({ epoch: 0, seq: 3 }, time(1));
    gaps.late({ epoch: 1, seq: 8 }, time(9));
    gaps.late({ epoch: 1, seq: 9 }, time(8));
    expect(told()).toEqual([
      [time(5), time(9), 'journal: 3 entries up to 1/9 came after newer ones of another agent'],
      [time(1), time(1), 'journal: 1 entries up to 0/3 were not taken: their epoch is forgotten'],
    ]);
    expect(gaps.count).toBe(1);
  });
});
