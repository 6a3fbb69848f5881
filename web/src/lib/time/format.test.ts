import { expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatInstant,
  formatNumber,
  formatOffset,
  formatRelative,
  oneUnit,
} from './format.ts';

const AT = Date.parse('2026-11-22T14:58:31.250Z');

it.each([
  ['UTC', '2026-11-22 14:58:31', 'UTC'],
  ['Asia/Shanghai', '2026-11-22 22:58:31', 'UTC+8'],
  ['America/St_Johns', '2026-11-22 11:28:31', 'UTC-3:30'],
])('an instant in %s', (zone, text, offset) => {
  expect(formatInstant(AT, zone)).toBe(text);
  expect(formatInstant(AT, zone, true)).toBe(`${text}.250`);
  expect(formatOffset(AT, zone)).toBe(offset);
});

it.each([
  [0, '0s ago', '0秒前'],
  [90_000, '1m ago', '1分钟前'],
  [7_200_000, '2h ago', '2小时前'],
  [3 * 86_400_000, '3d ago', '3天前'],
])('%d ms ago', (ms, english, chinese) => {
  expect(formatRelative(AT - ms, AT, 'en')).toBe(english);
  expect(formatRelative(AT - ms, AT, 'zh')).toBe(chinese);
});

it.each([
  [350, '350 ms', '350 毫秒'],
  [42_000, '42 s', '42秒'],
  [7_500_000, '2 h 5 min', '2小时5分'],
  [86_400_000, '1 d', '1天'],
])('%d ms long', (ms, english, chinese) => {
  expect(formatDuration(ms, 'en')).toBe(english);
  expect(formatDuration(ms, 'zh')).toBe(chinese);
});

it('one of a unit has its name', () => {
  expect([86_400_000, 3_600_000, 60_000].map(oneUnit)).toEqual(['day', 'hour', 'minute']);
  expect([2 * 86_400_000, 86_399_999, 1000, 0].map(oneUnit)).toEqual([undefined, undefined, undefined, undefined]);
});

it('numbers and bytes', () => {
  expect(formatNumber(1234567.891, 'en')).toBe('1,234,567.89');
  expect(formatBytes(134_217_728, 'en')).toBe('128 MiB');
  expect(formatBytes(0, 'zh')).toBe('0 B');
});
