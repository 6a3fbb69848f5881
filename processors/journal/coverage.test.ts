import { describe, expect, it } from 'vitest';
import type { Entry } from '../../schemas/entry.ts';
import type { CoverageObject, HeartbeatObject } from '../../schemas/objects.ts';
import { createArchiveFold } from './archive.ts';
import { createCoverageFold } from './coverage.ts';
import { BadEntry, type CreateFold } from './fold.ts';
import { FoldMemory } from './fold-memory.ts';
import { CLUSTER, entryOf, timeAt } from './testing/fake-journal.ts';

/** The newest row of each key, as the fold leaves them. */
function fold(create: CreateFold, entries: readonly Entry[], isLate = (_entry: Entry): boolean => false) {
  const state = new FoldMemory();
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  const made = create(CLUSTER);
  for (const [offset, entry] of entries.entries()) {
    made.apply(entry, {
      cluster: CLUSTER,
      logId: 'log-1',
      offset,
      value: JSON.stringify(entry),
      state,
      stats: { holes: 3, repeats: 2 },
      late: isLate(entry),
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

/** Of the agent's life `epoch`, at `second`. */
const told = (epoch: number, second: number, entry: Entry): Entry => ({ ...entry, epoch, observed_at: timeAt(second) });
const beatOf = (epoch: number, second: number, kinds: readonly Partial<HeartbeatObject['kinds'][number]>[]): Entry => {
  const filled = kinds.map((watch) => ({ ...beat.kinds[2]!, kind: 'pod', ...watch }));
  return told(epoch, second, entryOf(1, { kind: 'heartbeat', op: 'add', object: { ...beat, kinds: filled } }));
};
const starting = { state: 'gap' } as const;
const [died, began] = [100, 3700];
/** A life that watched pods and was last heard of at `died`; its pods' watch at 95. */
const first = [told(1, 1, span('watching', 1)), beatOf(1, died, [{ last_proof_at: timeAt(95) }])];

describe('a span does not outlive its agent', () => {
  it.each([
    [
      'an agent with a local log of its own, which knows of nothing before',
      [beatOf(2, began, [starting]), told(2, began + 1, span('watching', began))],
      [row('watching', 1, 95), row('gap', 95, began), row('watching', began, null)],
    ],
    [
      'one whose first list fails for long',
      [beatOf(2, began, [starting]), beatOf(2, began + 10, [starting])],
      [row('watching', 1, 95), row('gap', 95, null)],
    ],
    [
      'one whose watch stands some time after its first list',
      [
        beatOf(2, began, [starting]),
        told(2, began + 9, span('late', began, began + 9)),
        told(2, began + 9, span('watching', began)),
      ],
      [
        row('watching', 1, 95),
        row('gap', 95, began),
        row('late', began, began + 9),
        row('watching', began + 9, began + 9),
        row('watching', began, null),
      ],
    ],
    [
      'one that tells before its first heartbeat',
      [told(2, began, span('watching', began)), beatOf(2, began, [{}])],
      [row('watching', 1, 95), row('gap', 95, began), row('watching', began, null)],
    ],
    [
      'the same agent, which resumes',
      [beatOf(2, began, [{ state: 'late', last_proof_at: timeAt(108) }]), told(2, began + 1, span('late', 108, began))],
      [row('watching', 1, 108), row('late', 108, began), row('watching', began, null)],
    ],
    [
      'the same agent, whose history is gone',
      [
        beatOf(2, began, [{ state: 'gap', last_proof_at: timeAt(90) }]),
        told(2, began + 1, span('gap', 90, began)),
        told(2, began + 1, span('watching', began)),
      ],
      [row('watching', 1, 90), row('gap', 90, began), row('watching', began, null)],
    ],
    [
      'an agent whose resumed watch comes after a gap was opened',
      [beatOf(2, began, [starting]), told(2, began + 1, span('late', 90, began))],
      [row('watching', 1, 90), row('gap', 95, 95), row('late', 90, began), row('watching', began, null)],
    ],
    [
      'an agent that no longer watches it',
      [beatOf(2, began, [{ kind: 'node' }]), beatOf(2, began + 10, [{ kind: 'node' }])],
      [row('watching', 1, 95)],
    ],
    [
      'one that watches it again, a life later',
      [
        beatOf(2, began, [{ kind: 'node' }]),
        beatOf(3, 2 * began, [starting]),
        told(3, 2 * began, span('watching', 2 * began)),
      ],
      [row('watching', 1, 95), row('gap', 95, 2 * began), row('watching', 2 * began, null)],
    ],
    [
      'an agent that names only a part of what it watches',
      [beatOf(2, began, [{ namespace: '*' }])],
      [row('watching', 1, null)],
    ],
    [
      'one whose own words came late',
      [beatOf(2, began, [{}])],
      [row('watching', 1, 95), row('gap', 95, began), row('watching', began, null)],
    ],
  ])('before %s', (_, entries, expected) => {
    const rows = fold(createCoverageFold, [...first, ...entries]).filter((one) => 'state' in one);
    expect(rows.map((one) => [one['state'], one['from'], one['to']])).toEqual(expected);
  });

  it('nor does a cut that was open when the agent ended, which nobody has resumed', () => {
    const entries = [
      ...first,
      told(1, 99, span('late', 97)),
      beatOf(1, 100, [{}]),
      told(2, began, span('watching', began)),
    ];
    const rows = fold(createCoverageFold, entries).filter((one) => 'state' in one);
    expect(rows.map((one) => [one['state'], one['from'], one['to']])).toEqual([
      row('watching', 1, 97),
      row('late', 97, 97),
      row('gap', 97, began),
      row('watching', began, null),
    ]);
  });

  it('an end in good order lasts until the next watch', () => {
    const entries = [...first, told(1, 101, span('closed', 101)), told(2, began, span('watching', began))];
    const rows = fold(createCoverageFold, entries).filter((one) => 'state' in one);
    expect(rows.map((one) => [one['state'], one['from'], one['to']])).toEqual([
      row('watching', 1, 101),
      row('closed', 101, began),
      row('watching', began, null),
    ]);
  });

  it('what comes late adds its cuts and changes nothing else', () => {
    const late = [span('late', 20, 25), span('watching', 30), beatOf(1, 40, [])].map((entry) => ({
      ...entry,
      epoch: 0,
    }));
    const rows = fold(createCoverageFold, [...first, ...late], (entry) => entry.epoch === 0);
    expect(rows.map((one) => one['last_heartbeat_at'] ?? [one['state'], one['from'], one['to']])).toEqual([
      row('watching', 1, null),
      timeAt(died),
      row('late', 20, 25),
    ]);
  });
});

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
