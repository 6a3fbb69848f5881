import { expect, test } from 'vitest';
import type { UsageColumns } from '../evaluate/columns.ts';
import type { PodSpan } from './journal-pods.ts';
import { HOUR_MS } from './plan.ts';
import { countRows, rowColumns, type HourCount } from './rows.ts';

const AT = Date.UTC(2026, 2, 2, 1);
const NONE = Number.NaN;
const BLOCK: UsageColumns = {
  rows: 5,
  pods: [
    { namespace: 'n', pod: 'a' },
    { namespace: 'n', pod: 'b' },
  ],
  podIndexes: new Uint32Array([0, 0, 0, 1, 1]),
  atMs: new Float64Array([AT, AT + HOUR_MS - 30_000, AT + HOUR_MS, AT, AT + HOUR_MS]),
  measures: {
    cpu_cores: new Float64Array([NONE, 1, NONE, NONE, NONE]),
    memory_bytes: new Float64Array([NONE, NONE, NONE, 2, 2]),
  },
};
const owner = (workload: string) => ({ workload_kind: 'Deployment', workload, node: '', team: '', environment: '' });

test('rows count in their hours, with their pods and what is known of them', () => {
  const counts = new Map<number, HourCount>();
  countRows(counts, BLOCK);
  countRows(counts, {
    ...BLOCK,
    rows: 1,
    podIndexes: new Uint32Array([1]),
    atMs: new Float64Array([AT]),
    measures: {},
  });
  expect([...counts]).toEqual([
    [AT, { rows: 4, pods: new Set(['n/a', 'n/b']), known: new Set(['cpu_cores', 'memory_bytes']) }],
    [AT + HOUR_MS, { rows: 2, pods: new Set(['n/a', 'n/b']), known: new Set(['memory_bytes']) }],
  ]);
});

test('each row has the owner of its instant', () => {
  const spans = [AT - HOUR_MS, AT + HOUR_MS].map((fromMs, index) => ({ ...owner(`w${index}`), fromMs }) as PodSpan);
  const columns = rowColumns(
    BLOCK,
    { cluster: 'c', version: 1 },
    { spansOf: ({ pod }) => (pod === 'a' ? spans : []), elseOf: () => owner('else') },
  );
  const workload = columns['workload'] as { dictionary: string[]; indexes: Uint32Array };
  expect(Array.from(workload.indexes, (index) => workload.dictionary[index])).toEqual([
    'w0',
    'w0',
    'w1',
    'else',
    'else',
  ]);
});
