import { expect, it } from 'vitest';
import { availabilityText, budgetShare, burnText, percentText, secondsText } from './availability.ts';

it.each([
  [100, '100 %'],
  [99.999_96, '99.999 %'],
  [99.95, '99.95 %'],
  [99.9, '99.9 %'],
  [0, '0 %'],
])('%d is %s: never better than it was', (percent, text) => expect(percentText(percent, 'en')).toBe(text));

it.each([
  [{ worst: 99.93, best: 99.97 }, '99.930 – 99.970 %'],
  [{ worst: 99.970_01, best: 99.970_02 }, '99.970 %'],
  [{ worst: 99.999_96, best: 100 }, '99.999 – 100 %'],
  [{ worst: 100, best: 100 }, '100 %'],
  [{ worst: 0, best: 100 }, '0.000 – 100 %'],
  [{ worst: null, best: null }, ''],
])('%o is %j', (pair, text) => expect(availabilityText(pair)).toBe(text));

it.each([
  [125, 'en', '2 min 5 s'],
  [-3600, 'en', '−1 h'],
  [0, 'en', '0 s'],
  [0, 'zh', '0秒'],
  [90, 'zh', '1分30秒'],
] as const)('%d seconds in %s: %s', (seconds, language, text) => expect(secondsText(seconds, language)).toBe(text));

it.each([
  [{ total_s: 100, left_s: 25 }, 0.25],
  [{ total_s: 100, left_s: -50 }, -0.5],
  [{ total_s: 0, left_s: 0 }, 1],
  [{ total_s: 0, left_s: -4 }, -1],
])('of %o is left %d', (budget, share) => expect(budgetShare(budget)).toBe(share));

it('burn', () => expect(burnText(14.4, 'en')).toBe('14.4×'));
