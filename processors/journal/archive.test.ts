import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEntry } from '../../schemas/entry.ts';
import type { JournalRow } from '../../schemas/journal.ts';
import { createArchiveFold } from './archive.ts';
import { FoldMemory } from './fold-memory.ts';

/** The archive's row of a journal record. */
function rowOf(value: string): JournalRow {
  const parsed = parseEntry(value);
  if (!('entry' in parsed)) throw new Error(parsed.message);
  const rows: JournalRow[] = [];
  createArchiveFold('east').apply(parsed.entry, {
    cluster: 'east',
    logId: 'life',
    offset: 7,
    value,
    state: new FoldMemory(),
    emit: (_table, _key, row) => void rows.push(row as JournalRow),
    publish: () => undefined,
  });
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

const head = {
  v: 1,
  epoch: 3,
  seq: 9,
  kind: 'pod',
  op: 'update',
  namespace: 'shop',
  name: 'cart-1',
  uid: 'u1',
  resource_version: '12',
  observed_at: '2026-03-01T10:00:00.000Z',
};
const written = (object: object, more: object = {}) => JSON.stringify({ ...head, ...more, object });

/** The members of an entry in another order, with more of them, duplicates, spaces or escapes: all of it JSON. */
const text = JSON.stringify;
const member = (key: string, value: unknown) => `${text(key)}:${text(value)}`;
const headText = Object.entries(head).map(([key, value]) => member(key, value));

describe('the object', () => {
  it('is kept as the agent wrote it', () => {
    const object = { metadata: { labels: { b: '1', a: '"}}' } }, status: {} };
    expect(rowOf(written(object)).object).toBe(JSON.stringify(object));
    expect(rowOf(written({})).object).toBe('{}');
    expect(rowOf(written({ n: 12345678901234567890n.toString() })).object).toBe('{"n":"12345678901234567890"}');
  });

  it("has a log's text left out", () => {
    const log = { pod_uid: 'u', text: 'secret "object":{', lines: 1 };
    expect(JSON.parse(rowOf(written(log, { kind: 'log' })).object)).toEqual({ ...log, text: '' });
    expect(JSON.parse(rowOf(written(log)).object)).toEqual(log);
  });

  it.each([
    ['first', `{"object":{"a":1},${headText.join()}}`, { a: 1 }],
    ['before another member', `{${headText.join()},"object":{"a":1},"x":1}`, { a: 1 }],
    ['before another object', `{${headText.join()},"object":{"a":1},"x":{}}`, { a: 1 }],
    ['twice', `{${headText.join()},"object":{"a":1},"object":{"b":2}}`, { b: 2 }],
    ['twice, once escaped', `{${headText.join()},"object":{"a":1},"\\u006fbject":{"b":2}}`, { b: 2 }],
    ['escaped', `{${headText.join()},"\\u006fbject":{"object":{}}}`, { object: {} }],
    ['after a value of its name', written({ a: 1 }, { name: 'object' }), { a: 1 }],
    ['round another', written({ a: { object: { b: 1 } } }), { a: { object: { b: 1 } } }],
    ['round a text like it', written({ a: ',"object":{"b":1}' }), { a: ',"object":{"b":1}' }],
    ['behind one in another member', `{"x":{"object":{"c":1}},${headText.join()},"object":{"a":1}}`, { a: 1 }],
    ['with spaces', `{ ${headText.join(' , ')} , "object" : { "a" : 1 } }`, { a: 1 }],
    ['with spaces round another', `{${headText.join()},"object" : {"x":{"object":{}}}}`, { x: { object: {} } }],
    ['with spaces before it', `{${headText.join()},"object" : {"a":1}}`, { a: 1 }],
    ['before a repeated member', `{${headText.join()},"object":{"a":1},"seq":9}`, { a: 1 }],
  ])('may stand %s', (_where, value, object) => {
    expect(JSON.parse(rowOf(value).object)).toEqual(object);
  });

  it('is the one that was read, whatever the entry looks like', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const object = fc.dictionary(fc.oneof(fc.constant('object'), fc.string()), value);
    const extra = fc.array(fc.tuple(fc.constantFrom('x', 'y', 'object'), object), { maxLength: 2 });
    fc.assert(
      fc.property(
        object,
        extra,
        fc.infiniteStream(fc.nat()),
        fc.constantFrom('', ' ', '\n'),
        (own, others, at, gap) => {
          const members = [...headText, member('object', own)];
          for (const [key, each] of others)
            members.splice(at.next().value! % (members.length + 1), 0, member(key, each));
          const entry = `{${members.join(`,${gap}`)}}`;
          expect(JSON.parse(rowOf(entry).object)).toEqual((JSON.parse(entry) as { object: object }).object);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
