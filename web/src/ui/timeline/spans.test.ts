import { describe, expect, it } from 'vitest';
import { depthOf, endsOf, hitSpan, placeSpans, spansAt, type LaneSpan } from './spans.ts';

const scale = { from: 0, to: 1000, widthPx: 1000 };
const span = (id: string, from: number, to: number | null, own: Partial<LaneSpan> = {}): LaneSpan => ({
  id,
  from,
  to,
  look: 'down',
  title: id,
  ...own,
});
const place = (spans: LaneSpan[], rows = 1) => placeSpans(spans, scale, { now: 900, rows });

describe('ends', () => {
  it('as they are told', () => expect(endsOf(span('a', 10, 20), 99)).toMatchObject({ from: 10, to: 20 }));
  it('uncertain ones reach out, and leave what is certain', () =>
    expect(endsOf(span('a', 10, 20, { earliestFrom: 5, latestFrom: 12, earliestTo: 18, latestTo: 30 }), 99)).toEqual({
      from: 5,
      to: 30,
      certainFrom: 12,
      certainTo: 18,
    }));
  it('nothing is certain where the earliest end is before the latest beginning', () => {
    const ends = endsOf(span('a', 10, 20, { latestFrom: 19, earliestTo: 11 }), 99);
    expect(ends.certainTo).toBe(ends.certainFrom);
  });
  it('what lasts reaches to now, and its end is not soft', () =>
    expect(endsOf(span('a', 10, null, { earliestTo: null, latestTo: null }), 99)).toEqual({
      from: 10,
      to: 99,
      certainFrom: 10,
      certainTo: 99,
    }));
});

describe('places', () => {
  it('a span with soft ends', () => {
    const [one] = place([span('a', 100, 200, { earliestFrom: 90, latestFrom: 105, latestTo: 220 })]);
    expect(one).toMatchObject({ leftPx: 90, widthPx: 130, softStartPx: 15, softEndPx: 20, cutStart: false });
  });
  it('what is cut by the range says so', () => {
    const [first, last] = place([span('a', -50, 40), span('b', 500, null)]);
    expect(first).toMatchObject({ leftPx: 0, widthPx: 40, cutStart: true, cutEnd: false });
    expect(last).toMatchObject({ leftPx: 500, widthPx: 400, cutEnd: true });
  });
  it('leaves out what lies outside', () => expect(place([span('a', -9, -1), span('b', 1000, 1001)])).toEqual([]));
  it('the shortest can still be seen, also at the very end', () => {
    expect(place([span('a', 10, 10)])[0]?.widthPx).toBe(3);
    expect(placeSpans([span('a', 999, 999.5)], scale, { now: 2000 })[0]?.leftPx).toBe(997);
  });
  it('joins small ones that look the same', () => {
    const many = Array.from({ length: 500 }, (_, at) => span(String(at), 100 + at / 10, 100 + at / 10));
    const joined = place(many);
    expect(joined).toHaveLength(1);
    expect(joined[0]).toMatchObject({ count: 500, leftPx: 100 });
  });
  it('never more than fit on a line', () => {
    const many = Array.from({ length: 9000 }, (_, at) => span(String(at), at / 9, at / 9 + 0.01));
    expect(place(many, 3).length).toBeLessThanOrEqual(1000);
  });
  it('keeps apart what looks different', () =>
    expect(place([span('a', 100, 100), span('b', 101, 101, { look: 'planned' })])).toHaveLength(2));
  it('gives what overlaps lines of its own, and takes a free one again', () => {
    const rows = place([span('a', 0, 100), span('b', 50, 300), span('c', 120, 200), span('d', 130, 190)], 2);
    expect(rows.map(({ span: { id }, row }) => `${id}${row}`)).toEqual(['a0', 'b1', 'c0', 'd0']);
  });
});

describe('lines', () => {
  it('as many as last at once', () => {
    expect(depthOf([span('a', 0, 100), span('b', 50, 300), span('c', 60, null)], 900, 9)).toBe(3);
    expect(depthOf([span('a', 0, 100), span('b', 100, 300)], 900, 9)).toBe(1);
  });
  it('one at least, and no more than there may be', () => {
    expect(depthOf([], 900, 3)).toBe(1);
    expect(depthOf([span('a', 0, 9), span('b', 0, 9), span('c', 0, 9)], 900, 2)).toBe(2);
  });
});

describe('hits', () => {
  const spans = [span('wide', 0, 500), span('small', 100, 104), span('late', 700, null)];
  it('the smallest under the pointer', () => {
    const placed = place(spans);
    expect(hitSpan(placed, 102)?.span.id).toBe('small');
    expect(hitSpan(placed, 50)?.span.id).toBe('wide');
    expect(hitSpan(placed, 600)).toBeNull();
  });
  it('only those of its line', () => {
    const placed = place(spans, 2);
    expect(hitSpan(placed, 102, 0)?.span.id).toBe('wide');
    expect(hitSpan(placed, 102, 1)?.span.id).toBe('small');
  });
  it('all that hold an instant, the newest first', () => {
    expect(spansAt(spans, scale, 103, 900).map(({ id }) => id)).toEqual(['small', 'wide']);
    expect(spansAt(spans, scale, 899, 900).map(({ id }) => id)).toEqual(['late']);
    expect(spansAt(spans, scale, 650, 900)).toEqual([]);
  });
});
