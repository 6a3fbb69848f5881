import { expect, test } from 'vitest';
import { askedThresholds, readThreshold, THRESHOLDS, type Threshold } from './thresholds.ts';

const named = (name: string): Threshold => {
  const found = THRESHOLDS.find((threshold) => threshold.name === name);
  if (!found) throw new Error(name);
  return found;
};

test.each([
  ['max_outages', ' 3 ', 3],
  ['max_outages', '1.5', null],
  ['max_outages', '-1', null],
  ['max_outages', '1e3', null],
  ['min_watched', '0.99', 0.99],
  ['min_watched', '1.01', null],
  ['max_memory_ratio', '1.2', 1.2],
  ['max_memory_ratio', '90 %', null],
  ['max_downtime_s', '12.5', 12.5],
  ['max_downtime_s', '', ''],
] as const)('%s takes %j as %j', (name, text, value) => expect(readThreshold(named(name), text)).toBe(value));

test('an address asks for what can be read of it', () => {
  const address = new URLSearchParams('max_outages=2&min_complete=0&max_throttled=2&baseline=x');
  expect(askedThresholds((name) => address.get(name) ?? '')).toEqual({ max_outages: 2, min_complete: 0 });
});
