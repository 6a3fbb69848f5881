import { describe, expect, it } from 'vitest';
import { isZone, parseInstant, resolveRange } from './range.ts';

const NOW = Date.parse('2026-11-22T14:58:31.250Z');
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('an instant', () => {
  it.each([
    ['now', 'UTC', '2026-11-22T14:58:31.250Z'],
    ['now-15m', 'UTC', '2026-11-22T14:43:31.250Z'],
    ['now-24h', 'UTC', '2026-11-21T14:58:31.250Z'],
    ['now/d', 'UTC', '2026-11-22T00:00:00.000Z'],
    ['now/d', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z'],
    ['now-1d/d', 'Asia/Shanghai', '2026-11-20T16:00:00.000Z'],
    ['now/w', 'UTC', '2026-11-16T00:00:00.000Z'],
    ['now-1M/M', 'UTC', '2026-10-01T00:00:00.000Z'],
    ['2026-11-22T08:00:00+08:00', 'UTC', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22T08:00Z', 'UTC', '2026-11-22T08:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, expected) => expect(iso(parseInstant(text, NOW, zone))).toBe(expected));

  it('counts a day over the change of summer time as the calendar does', () => {
    const afterChange = Date.parse('2026-10-25T12:00:00Z');
    expect(iso(parseInstant('now/d', afterChange, 'Europe/Berlin'))).toBe('2026-10-24T22:00:00.000Z');
    expect(iso(parseInstant('now-1d', afterChange, 'Europe/Berlin'))).toBe('2026-10-24T11:00:00.000Z');
  });

  it.each([
    '',
    'later',
    'now-',
    'now-3y',
    'now+1h',
    '2026-13-40T00:00:00Z',
    '2026-11-22',
    'NaN',
    'now-99999M',
    '2026-02-30T00:00Z',
    '2026-02-29T12:00:00+08:00',
    '1969-12-31T23:00Z',
  ])('%j is none', (text) => expect(parseInstant(text, NOW, 'UTC')).toBeNull());
});

it('a range needs its start before its end', () => {
  expect(resolveRange('now-1h', 'now', NOW, 'UTC')).toEqual({ from: NOW - 3_600_000, to: NOW });
  expect(resolveRange('now', 'now-1h', NOW, 'UTC')).toBeNull();
  expect(resolveRange('now', 'now', NOW, 'UTC')).toBeNull();
});

it('knows the zones', () => {
  expect(isZone('Asia/Shanghai')).toBe(true);
  expect(isZone('Mars/Olympus')).toBe(false);
});
