import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../ingest/agent/sources.ts';
import { checkAbsence, HELD_UP_MS, offsetsOf, type Absence } from './absence.ts';

const LEFT = 10_000_000;
const BACK = LEFT + 20_000;
const HOUR_MS = 3_600_000;
const killed: Absence = {
  end: 'kill',
  history: 'kept',
  left: LEFT,
  back: new Map(SOURCES.map(({ name }) => [name, BACK])),
};

/** What every source tells of it: `late` from so long before the absence to so long after. */
const spans = (beforeMs: number, afterMs: number, state = 'late') =>
  SOURCES.map(({ name: source }) => ({ source, state, from: LEFT - beforeMs, to: BACK + afterMs }));
const wrong = (found: ReturnType<typeof spans>, absence = killed, beyondMs?: number) =>
  checkAbsence(absence, found, beyondMs).map((line) => line.split(':', 1)[0]);
const all = SOURCES.map(({ name }) => name);

describe('checkAbsence', () => {
  it('lets a span lie a second beside the absence, and a quiet source half a minute before a kill', () => {
    expect(wrong(spans(900, 900))).toEqual([]);
    expect(wrong(spans(-900, -900))).toEqual([]);
    expect(wrong(spans(29_000, 0))).toEqual(['pod']);
    expect(wrong(spans(29_000, 0), { ...killed, end: 'stop' })).toEqual(all);
  });

  it('lets one reach further beside it where a machine may be held up, but leave out no more of it', () => {
    expect(wrong(spans(20_000, 20_000), killed, HELD_UP_MS)).toEqual([]);
    for (const found of [spans(-2_000, 0), spans(0, -2_000), spans(0, HOUR_MS), spans(0, 0, 'gap'), []])
      expect(wrong(found, killed, HELD_UP_MS)).toEqual(all);
  });

  it('says how near the spans of pods came', () => {
    expect(offsetsOf(killed, spans(120, 450))).toEqual([{ before: 120, after: 450 }]);
  });

  it('finds a span that is too short, too long, of another state, or not there', () => {
    for (const found of [
      spans(HOUR_MS, 0),
      spans(0, HOUR_MS),
      spans(-2_000, 0),
      spans(0, -2_000),
      spans(0, 0, 'gap'),
      [],
    ])
      expect(wrong(found)).toEqual(all);
  });
});
