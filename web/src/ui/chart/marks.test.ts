import { expect, test } from 'vitest';
import { groupMarks, MARK_PX, markAfterKey, stretchOf, type ChartMark } from './marks.ts';

const RANGE = { from: 0, to: 3_600_000 };
const mark = (at: number, failed = false): ChartMark => ({ id: `${at}`, at, title: '', failed, href: '' });
/** A second is a pixel. */
const WIDTH_PX = 3600;

test('marks stand at their instants, and join where they are closer than can be pressed', () => {
  const marks = [mark(100_000), mark(135_000, true), mark(136_000), mark(200_000, true)];
  const groups = groupMarks(marks, RANGE, WIDTH_PX);
  expect(groups.map(({ leftPx, failed, marks: { length } }) => [leftPx, length, failed])).toEqual([
    [100, 2, 1],
    [136, 1, 0],
    [200, 1, 1],
  ]);
});

test('no two groups are closer than a mark is wide, and none is lost', () => {
  const marks = Array.from({ length: 500 }, (_, index) => mark(index * 7001));
  const groups = groupMarks(marks.toReversed(), RANGE, 900);
  expect(groups.flatMap((group) => group.marks.map(({ at }) => at))).toEqual(marks.map(({ at }) => at));
  for (const [index, { leftPx }] of groups.entries())
    expect(leftPx - (groups[index - 1]?.leftPx ?? -MARK_PX)).toBeGreaterThanOrEqual(MARK_PX);
});

test('what began before the range, or comes after it, has no mark', () => {
  const groups = groupMarks([mark(-1), mark(0), mark(3_599_999), mark(3_600_000)], RANGE, WIDTH_PX);
  expect(groups.map(({ marks: [first] }) => first?.at)).toEqual([0, 3_599_999]);
});

test('the stretch of a group holds all of it', () => {
  const [group] = groupMarks([mark(90_000), mark(120_000)], RANGE, 100);
  expect(group && stretchOf(group)).toEqual({ from: 60_000, to: 180_000 });
});

test.each([
  ['ArrowLeft', 0, 0],
  ['ArrowRight', 1, 2],
  ['ArrowRight', 2, 2],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['Enter', 1, null],
])('%s at %i leads to %s', (key, at, expected) => {
  expect(markAfterKey(key, at, 3)).toBe(expected);
});
