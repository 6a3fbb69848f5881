import { expect, test } from 'vitest';
import { choiceOf, firstOrder, sortOfColumn, sortsOf } from './sorts.ts';

test('a group has no sort that only pods have', () => {
  expect(sortsOf('pod')).toEqual(expect.arrayContaining(['gpu_p95', 'throttled_avg', 'waste_cpu', 'danger_memory']));
  const ofGroups = sortsOf('team').join(' ');
  for (const refused of ['gpu_avg', 'gpu_p95', 'gpu_max', 'throttled']) expect(ofGroups).not.toContain(refused);
  expect(sortsOf('team')).toEqual(expect.arrayContaining(['gpu_memory_p95', 'gpu_request', 'pods']));
  for (const by of ['pod', 'node'] as const) expect(new Set(sortsOf(by)).size).toBe(sortsOf(by).length);
});

test.each([
  ['waste_cpu', { resource: 'cpu', figure: 'waste' }],
  ['memory_p95', { resource: 'memory', figure: 'p95' }],
  ['gpu_memory_max', { resource: 'gpu', figure: 'max' }],
  ['gpu_request', { resource: 'gpu', figure: 'request' }],
  ['throttled_avg', { resource: null, whole: 'throttled_avg' }],
  ['oom_kills', { resource: null, whole: 'oom_kills' }],
] as const)('%s is about %j', (sort, choice) => expect(choiceOf(sort)).toEqual(choice));

test.each([
  ['memory', 'pod', 'waste_cpu', 'waste_memory'],
  ['cpu', 'pod', 'memory_max', 'cpu_max'],
  ['gpu', 'pod', 'waste_cpu', 'gpu_p95'],
  ['gpu', 'node', 'cpu_avg', 'gpu_memory_avg'],
  ['cpu', 'node', 'oom_kills', 'waste_cpu'],
] as const)('the title of %s by %s after %s sorts by %s', (resource, by, present, sort) =>
  expect(sortOfColumn(resource, by, present)).toBe(sort),
);

test('names rise, the rest falls', () =>
  expect([firstOrder('name'), firstOrder('waste_cpu')]).toEqual(['asc', 'desc']));
