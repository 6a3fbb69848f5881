import { describe, expect, it } from 'vitest';
import { heightOf, readLane, rowAt, rowTop, type Lane } from './lanes.ts';

const scale = { from: 0, to: 1000, widthPx: 1000 };
const about = { now: 900, unknown: [{ from: 300, to: 400 }] };
const ready: Lane = { kind: 'steps', id: 'ready', title: 'Ready', steps: [{ at: 100, ready: 2, wanted: 3 }] };
const outages: Lane = {
  kind: 'spans',
  id: 'outages',
  title: 'Outages',
  otherwise: 'up',
  rows: 2,
  spans: [{ id: 'a', from: 100, to: null, look: 'down', title: 'down' }],
};

describe('at an instant', () => {
  it('how many were ready', () => {
    expect(readLane(ready, scale, 200, about)).toMatchObject({ step: { ready: 2, wanted: 3 } });
    expect(readLane(ready, scale, 50, about)).toMatchObject({ step: null });
  });
  it('unwatched or future time tells nothing', () => {
    expect(readLane(ready, scale, 350, about)).toMatchObject({ step: null });
    expect(readLane(ready, scale, 950, about)).toMatchObject({ step: null });
    expect(readLane(outages, scale, 950, about)).toMatchObject({ spans: [], otherwise: '' });
  });
  it('what lasted then', () => {
    expect(readLane(outages, scale, 500, about)).toMatchObject({ spans: [{ id: 'a' }], otherwise: 'up' });
    expect(readLane(outages, scale, 50, about)).toMatchObject({ spans: [] });
  });
  it('how many happened there', () => {
    const counts: Lane = { kind: 'counts', id: 'c', title: 'C', counts: [{ from: 500, to: 502, count: 7 }] };
    expect(readLane(counts, scale, 503, about)).toEqual({ kind: 'counts', count: 7 });
    expect(readLane(counts, scale, 600, about)).toEqual({ kind: 'counts', count: 0 });
  });
});

it('a line is found again where it stands', () => {
  expect([0, 1].map((row) => rowAt(rowTop(row) + 3))).toEqual([0, 1]);
  expect(heightOf(outages)).toBeGreaterThan(rowTop(1));
});
