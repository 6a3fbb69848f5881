import { describe, expect, it } from 'vitest';
import type { Entry } from '../../schemas/entry.ts';
import type { CoverageObject, HeartbeatObject } from '../../schemas/objects.ts';
import { createArchiveFold } from './archive.ts';
import { createCoverageFold } from './coverage.ts';
import { BadEntry, type CreateFold } from './fold.ts';
import { FoldMemory } from './fold-memory.ts';
import { CLUSTER, entryOf, timeAt } from './testing/fake-journal.ts';

/** The newest row of each key, as the fold leaves them. */
function fold(create: CreateFold, entries: readonly Entry[]) {
  const state = new FoldMemory();
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  const made = create(CLUSTER);
  for (const [offset, entry] of entries.entries()) {
    made.apply(entry, {
      cluster: CLUSTER,
      logId: 'log-1',
      offset,
      state,
      stats: { holes: 3, repeats: 2 },
      emit: (table, key, row) => void rows.set(`${table.name} ${key}`, row),
      publish: () => undefined,
    });
  }
  return [...rows.values()];
}

const span = (state: CoverageObject['state'], from: number, to: number | null = null, kind = 'pod'): Entry =>
  entryOf(to ?? from, {
    kind: 'coverage',
    op: 'add',
    object: {
      kind,
      namespace: '',
      state,
      from: timeAt(from),
      to: to === null ? null : timeAt(to),
      reason: '',
      vanished: 0,
    },
  });

const spans = (entries: readonly Entry[]) =>
  fold(createCoverageFold, entries).map((row) => [row['state'], row['from'], row['to']]);
const row = (state: string, from: number, to: number | null) => [state, timeAt(from), to === null ? null : timeAt(to)];

describe('coverage', () => {
  it.each([
    ['a watch that lasts', [span('watching', 1)], [row('watching', 1, null)]],
    ['the same said twice', [span('watching', 1), span('watching', 1)], [row('watching', 1, null)]],
    [
      'a gap, after which the watch goes on',
      [span('watching', 1), span('gap', 5, 8)],
      [row('watching', 1, 5), row('gap', 5, 8), row('watching', 8, null)],
    ],
    [
      'a gap that the agent follows with a watch of its own',
      [span('watching', 1), span('gap', 5, 8), span('watching', 8)],
      [row('watching', 1, 5), row('gap', 5, 8), row('watching', 8, null)],
    ],
    [
      'a resumed watch',
      [span('watching', 1), span('late', 5, 6), span('late', 9, 11)],
      [row('watching', 1, 5), row('late', 5, 6), row('watching', 6, 9), row('late', 9, 11), row('watching', 11, null)],
    ],
    [
      'rights taken and given',
      [span('watching', 1), span('unreadable', 4), span('watching', 9)],
      [row('watching', 1, 4), row('unreadable', 4, 9), row('watching', 9, null)],
    ],
    ['an agent that stops', [span('watching', 1), span('closed', 4)], [row('watching', 1, 4), row('closed', 4, null)]],
    [
      'a gap that began before the open span',
      [span('watching', 5), span('gap', 3, 9)],
      [row('watching', 5, 5), row('gap', 3, 9), row('watching', 9, null)],
    ],
  ])('tells of %s', (_, entries, expected) => {
    expect(spans(entries)).toEqual(expected);
  });

  it('keeps kinds apart', () => {
    expect(spans([span('watching', 1), span('watching', 2, null, 'event'), span('closed', 3)])).toEqual([
      row('watching', 1, 3),
      row('watching', 2, null),
      row('closed', 3, null),
    ]);
  });

  it('refuses what is no coverage', () => {
    expect(() => fold(createCoverageFold, [entryOf(1, { kind: 'coverage', object: {} })])).toThrow(BadEntry);
    expect(() => fold(createCoverageFold, [entryOf(1, { kind: 'heartbeat', object: {} })])).toThrow(BadEntry);
  });
});

const beat: HeartbeatObject = {
  agent_version: '0.1.0',
  identity: 'agent-1',
  started_at: timeAt(0),
  kinds: [
    { kind: 'pod', namespace: 'a', state: 'watching', last_proof_at: null, objects: 2 },
    { kind: 'pod', namespace: 'b', state: 'watching', last_proof_at: null, objects: 3 },
    { kind: 'node', namespace: '', state: 'watching', last_proof_at: null, objects: 1 },
  ],
  local_log: { first: 0, next: 10, bytes: 100 },
  counters: { appended: 7 },
};

it('keeps the newest heartbeat of a cluster', () => {
  const entries = [1, 2].map((seq) => entryOf(seq, { kind: 'heartbeat', op: 'add', object: { ...beat } }));
  expect(fold(createCoverageFold, entries)).toEqual([
    {
      cluster: CLUSTER,
      last_heartbeat_at: timeAt(2),
      agent_version: '0.1.0',
      identity: 'agent-1',
      started_at: timeAt(0),
      epoch: 1,
      seq: 2,
      holes: 3,
      repeats: 2,
      objects: { pod: 5, node: 1 },
      counters: { appended: 7 },
    },
  ]);
});

it('archives every entry, a log without its text', () => {
  const entries = [entryOf(1, { object: { a: 1 } }), entryOf(2, { kind: 'log', object: { text: 'secret', lines: 1 } })];
  const rows = fold(createArchiveFold, entries);
  expect(rows.map(({ offset, object }) => [offset, object])).toEqual([
    [0, '{"a":1}'],
    [1, '{"text":"","lines":1}'],
  ]);
});
