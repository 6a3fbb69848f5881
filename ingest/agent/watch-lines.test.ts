import { describe, expect, test } from 'vitest';
import { watchEvents, type WatchEvent } from './watch-lines.ts';

const pod = (name: string, version: string) => ({ metadata: { name, uid: `u-${name}`, resourceVersion: version } });
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

async function read(chunks: readonly Uint8Array[], maxLineBytes = 10_000): Promise<WatchEvent[][]> {
  async function* body() {
    yield* chunks;
  }
  const all: WatchEvent[][] = [];
  for await (const events of watchEvents(body(), { maxLineBytes })) all.push(events);
  return all;
}

describe('watchEvents', () => {
  const text =
    line('ADDED', pod('naïve-ü', '1')) +
    line('BOOKMARK', { metadata: { resourceVersion: '7' } }) +
    line('DELETED', pod('b', '9'));
  const expected = [
    { type: 'ADDED', object: pod('naïve-ü', '1') },
    { type: 'BOOKMARK', version: '7' },
    { type: 'DELETED', object: pod('b', '9') },
  ];

  test.each([1, 2, 7, 64, 10_000])('cut into chunks of %i bytes the events are the same', async (size) => {
    const bytes = Buffer.from(text);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    const all = await read(chunks);
    expect(all.flat()).toEqual(expected);
    expect(all).toHaveLength(chunks.length);
  });

  const odd = { reason: 'not_event' };
  test.each<[string, string, unknown]>([
    ['no JSON', '{"type":\n', { reason: 'not_json', bytes: 8 }],
    [
      'an event without a uid',
      line('ADDED', { metadata: { name: 'a', resourceVersion: '1' } }),
      { reason: 'not_event' },
    ],
    ['a name that is no text', line('ADDED', { metadata: { ...pod('a', '1').metadata, name: {} } }), odd],
    ['a uid that is no text', line('DELETED', { metadata: { ...pod('a', '1').metadata, uid: 7 } }), odd],
    ['a version that is no text', line('ADDED', { metadata: { ...pod('a', '1').metadata, resourceVersion: 7 } }), odd],
    ['a namespace that is no text', line('ADDED', { metadata: { ...pod('a', '1').metadata, namespace: [] } }), odd],
    ['a bookmark of a version that is no text', line('BOOKMARK', { metadata: { resourceVersion: {} } }), odd],
    ['an event without an object', '{"type":"MODIFIED"}\n', { reason: 'not_event' }],
    ['a JSON null', 'null\n', { reason: 'not_event' }],
    ['a bookmark without a version', line('BOOKMARK', { metadata: {} }), { reason: 'not_event' }],
    ['a half line at the end', '{"type":"ADD', { reason: 'truncated', bytes: 12 }],
    ['a line over the bound', `"${'x'.repeat(20_000)}"\n`, { reason: 'too_long', bytes: 20_002 }],
  ])('%s is a bad line, and what follows is read', async (_, bad, outcome) => {
    const after = bad.endsWith('\n') ? [pod('next', '3')] : [];
    const next = after.map((object) => line('ADDED', object)).join('');
    const [first, ...rest] = (await read([Buffer.from(bad), Buffer.from(next)])).flat();
    expect(first).toMatchObject({ type: 'BAD', line: outcome });
    expect(rest).toEqual(after.map((object) => ({ type: 'ADDED', object })));
  });

  test('a namespace of null is none', async () => {
    const object = { metadata: { ...pod('a', '1').metadata, namespace: null } };
    expect((await read([Buffer.from(line('ADDED', object))])).flat()).toEqual([
      { type: 'ADDED', object: pod('a', '1') },
    ]);
  });

  test('a line over the bound is not held, however many chunks it has', async () => {
    const chunk = Buffer.alloc(8_000, 0x78);
    const all = await read([
      ...Array.from({ length: 500 }, () => chunk),
      Buffer.from(`\n${line('ADDED', pod('a', '1'))}`),
    ]);
    const [bad, good] = all.flat();
    expect(bad).toMatchObject({ type: 'BAD', line: { reason: 'too_long', bytes: 4_000_000 } });
    expect(bad?.type === 'BAD' && bad.line.head.length).toBeLessThanOrEqual(64 * 1024);
    expect(good?.type).toBe('ADDED');
  });

  test('blank lines are nothing', async () => {
    expect((await read([Buffer.from('\n \r\n\n')])).flat()).toEqual([]);
  });
});
