import { describe, expect, it } from 'vitest';
import { resolveRange } from './range.ts';
import { PRESETS, presetOf } from './presets.ts';
import { step, zoomOut } from './steps.ts';
import { rangeTexts, readTyped, toTyped } from './typed.ts';

describe('what is typed', () => {
  it.each([
    ['2026-11-22 14:58', 'UTC', '2026-11-22T14:58:00.000Z'],
    ['2026-11-22 14:58', 'Asia/Shanghai', '2026-11-22T06:58:00.000Z'],
    [' 2026/1/2 03:04:05 ', 'UTC', '2026-01-02T03:04:05.000Z'],
    ['2026-11-22T14:58', 'UTC', '2026-11-22T14:58:00.000Z'],
    ['2026-11-22', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z'],
    ['2026-07-01 12:00', 'Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    ['2026-11-22T08:00:00+08:00', 'UTC', '2026-11-22T08:00:00+08:00'],
    ['now-6h', 'UTC', 'now-6h'],
    ['now/d', 'UTC', 'now/d'],
  ])('%j in %s is %s', (text, zone, expected) => expect(readTyped(text, zone)).toBe(expected));

  it.each([
    '',
    'noon',
    '2026-13-01',
    '2026-02-30 10:00',
    '2026-11-22 24:00',
    '2026-11-22 10:60',
    '22.11.2026',
    'now+1h',
  ])('%j is no time', (text) => expect(readTyped(text, 'UTC')).toBeNull());

  it('a day alone ends with the day', () => {
    expect(readTyped('2026-11-22', 'UTC', true)).toBe('2026-11-23T00:00:00.000Z');
    expect(readTyped('2026-10-25', 'Europe/Berlin', true)).toBe('2026-10-25T23:00:00.000Z');
    expect(readTyped('2026-11-22 10:00', 'UTC', true)).toBe('2026-11-22T10:00:00.000Z');
  });

  it('reads what it writes', () => {
    const at = Date.parse('2026-11-22T14:58:31.000Z');
    expect(toTyped(at, 'UTC')).toBe('2026-11-22 14:58:31');
    expect(readTyped(toTyped(at, 'America/St_Johns'), 'America/St_Johns')).toBe('2026-11-22T14:58:31.000Z');
  });
});

it('a range within a day names the day once', () => {
  const from = Date.parse('2026-11-22T14:00:00Z');
  expect(rangeTexts(from, from + 3_600_000, 'UTC')).toEqual({ from: '2026-11-22 14:00', to: '15:00' });
  expect(rangeTexts(from, from + 86_400_000, 'UTC')).toEqual({ from: '2026-11-22 14:00', to: '2026-11-23 14:00' });
});

describe('steps', () => {
  const now = 10_000;
  it('back and forward by the length', () => {
    expect(step({ from: 1000, to: 3000 }, -1, now)).toEqual({ from: -1000, to: 1000 });
    expect(step({ from: 1000, to: 3000 }, 1, now)).toEqual({ from: 3000, to: 5000 });
  });
  it('not beyond now', () => expect(step({ from: 7000, to: 9000 }, 1, now)).toEqual({ from: 8000, to: 10_000 }));
  it('zoom out to twice the length', () => {
    expect(zoomOut({ from: 4000, to: 6000 }, now)).toEqual({ from: 3000, to: 7000 });
    expect(zoomOut({ from: 8000, to: 10_000 }, now)).toEqual({ from: 6000, to: 10_000 });
  });
});

it('every preset is a range, and is known by its texts', () => {
  for (const preset of PRESETS) {
    expect(resolveRange(preset.from, preset.to, Date.parse('2026-11-22T14:58:00Z'), 'Asia/Shanghai')).not.toBeNull();
    expect(presetOf(preset.from, preset.to)).toBe(preset);
  }
});
