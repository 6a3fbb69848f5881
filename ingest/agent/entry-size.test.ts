import { describe, expect, test } from 'vitest';
import type { Entry } from '../../schemas/entry.ts';
import { encodeEntry, MAX_ENTRY_BYTES } from './entry-size.ts';

const entry = (kind: Entry['kind'], object: Record<string, unknown>): Entry => ({
  v: 1,
  epoch: 1,
  seq: 1,
  kind,
  op: 'add',
  namespace: 'shop',
  name: 'a',
  uid: 'u',
  resource_version: '1',
  observed_at: '2026-01-01T00:00:00.000Z',
  object,
});
const decoded = (value: string): Entry => JSON.parse(value) as Entry;

describe('encodeEntry', () => {
  test('leaves an entry that fits as it is', () => {
    const one = entry('pod', { spec: { text: 'ü'.repeat(1000) } });
    const { value, bytes, truncated } = encodeEntry(one);
    expect(decoded(value)).toEqual(one);
    expect(truncated).toBe(false);
    expect(bytes).toBeGreaterThanOrEqual(1000);
  });

  const status = { containerStatuses: [{ name: 'app', restartCount: 3 }] };
  test.each<[string, Record<string, unknown>, string[]]>([
    [
      'many annotations',
      { metadata: { labels: { app: 'x' }, annotations: big(200, 3_000) }, status },
      ['metadata.annotations'],
    ],
    ['a long message', { metadata: { labels: { app: 'x' } }, spec: { message: 'x'.repeat(600_000) }, status }, []],
    [
      'quotes, each two bytes when escaped',
      { metadata: { labels: { app: 'x' } }, spec: { message: '"'.repeat(300_000) }, status },
      [],
    ],
    [
      'a large spec and annotations',
      { metadata: { annotations: big(200, 2_000), labels: { app: 'x' } }, spec: { a: big(200, 4_000) }, status },
      ['spec.a'],
    ],
  ])('shrinks %s, keeps labels and status, and says so', (_, object, dropped) => {
    const { value, bytes, truncated } = encodeEntry(entry('pod', object));
    const shrunk = decoded(value).object as {
      metadata: { labels: unknown };
      status: unknown;
      truncated: boolean;
      left_out: string[];
    };
    expect(Buffer.byteLength(value)).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
    expect(truncated && shrunk.truncated).toBe(true);
    expect(shrunk.left_out).toEqual(dropped);
    expect(shrunk.metadata.labels).toEqual({ app: 'x' });
    expect(shrunk.status).toEqual(status);
  });

  test.each(['x', '\u0001', 'ü', '😀', '"'])('keeps the end of a log of %j', (letter) => {
    const text = `${`${letter.repeat(100)}\n`.repeat(8_000)}the end`;
    const { value, bytes } = encodeEntry(
      entry('log', { text, truncated: false, lines: 8_001, bytes: Buffer.byteLength(text) }),
    );
    const log = decoded(value).object as { text: string; truncated: boolean; lines: number; bytes: number };
    expect(bytes).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
    expect(log.truncated).toBe(true);
    expect(log.text.endsWith('the end')).toBe(true);
    expect(log.text.startsWith(letter.repeat(100))).toBe(true);
    expect(log).toMatchObject({ lines: log.text.split('\n').length, bytes: Buffer.byteLength(log.text) });
  });

  test('an object that cannot be shrunk enough is left out', () => {
    const object = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`kind`.repeat(i + 1), 'x']));
    const { value, bytes } = encodeEntry(entry('pod', { ...object, kind: big(300, 4_000) }), 2_500);
    expect(bytes).toBeLessThanOrEqual(2_500);
    expect(decoded(value).object.truncated).toBe(true);
  });
});

function big(count: number, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, 'x'.repeat(length)]));
}
