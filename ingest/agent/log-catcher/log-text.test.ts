import { describe, expect, it } from 'vitest';
import { createRedactor } from '../redact.ts';
import { judgeLog, readable } from './log-text.ts';
import { TailKeeper } from './tail-keeper.ts';

const life = { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:05.000Z' };
const options = { redact: createRedactor({ extra: [] }), tailLines: 1000 };

function judge(body: string | Uint8Array, maxBytes = 262_144) {
  const keeper = new TailKeeper(maxBytes);
  keeper.push(Buffer.from(body));
  return judgeLog(keeper.tail(), life, options);
}

describe('readable', () => {
  it.each<[string, Uint8Array, string]>([
    ['broken UTF-8', Buffer.from([0x61, 0xff, 0xc3, 0x62]), 'a\ufffd\ufffdb'],
    ['NUL', Buffer.from('a\0b'), 'ab'],
    ['colours', Buffer.from('\u001b[1;31mred\u001b[0m'), 'red'],
    ['a window title', Buffer.from('\u001b]0;title\u0007x'), 'x'],
    ['control characters', Buffer.from('a\u0007b\u001bq\td\u0085'), 'a\\x07b\\x1bq\td\\x85'],
    ['line ends', Buffer.from('a\r\nb\rc\n'), 'a\nb\\x0dc\n'],
  ])('%s', (_name, bytes, expected) => expect(readable(bytes)).toBe(expected));
});

describe('judging a log', () => {
  it.each<[string, string, string, string]>([
    [
      'own lines',
      '2026-01-01T00:00:04.9Z a\n2026-01-01T00:00:05.999Z b\n',
      'caught',
      '2026-01-01T00:00:04.9Z a\n2026-01-01T00:00:05.999Z b',
    ],
    ['another zone', '2026-01-01T08:00:04+08:00 a\n', 'caught', '2026-01-01T08:00:04+08:00 a'],
    ['a line too late', '2026-01-01T00:00:04Z a\n2026-01-01T00:00:06.1Z b\n', 'mismatch', ''],
    ['a line too early', '2025-12-31T23:59:58.9Z a\n2026-01-01T00:00:04Z b\n', 'mismatch', ''],
    ['nothing', '', 'empty', ''],
    ['blank', '\n\n', 'empty', ''],
    ['the kubelet has lost it', 'unable to retrieve container logs for containerd://abc', 'gone', ''],
    [
      'lines and the loss',
      '2026-01-01T00:00:04Z a\nunable to retrieve container logs for x\n',
      'caught',
      '2026-01-01T00:00:04Z a\nunable to retrieve container logs for x',
    ],
    [
      'a program that prints the same',
      '2026-01-01T00:00:04Z unable to retrieve container logs for x\n',
      'caught',
      '2026-01-01T00:00:04Z unable to retrieve container logs for x',
    ],
    [
      'a secret',
      '2026-01-01T00:00:04Z password=\u001b[1mhunter2\u001b[0m\n',
      'caught',
      '2026-01-01T00:00:04Z password=[redacted:password]',
    ],
  ])('%s', (_name, body, status, text) => {
    expect(judge(body)).toMatchObject({ status, text });
  });

  it('drops the line that the cut went through', () => {
    const result = judge('2026-01-01T00:00:01Z token=abcdefghij\n2026-01-01T00:00:02Z end\n', 40);
    expect(result).toMatchObject({ status: 'caught', text: '2026-01-01T00:00:02Z end', truncated: true, lines: 1 });
  });

  it('keeps the end of one huge line, with its timestamp, and not half of a secret', () => {
    const result = judge(`2026-01-01T00:00:01.5Z ${'x'.repeat(5000)} password=hunter2${'y'.repeat(100)} tail end`, 70);
    expect(result.text).toBe('2026-01-01T00:00:01.5Z … tail end');
    expect(result.truncated).toBe(true);
    const solid = judge(`2026-01-01T00:00:01.5Z ${'x'.repeat(50_000)}`, 20_000);
    expect(solid.text).toBe(`2026-01-01T00:00:01.5Z … ${'x'.repeat(20_000 - 1024)}`);
  });

  it('judges one huge line by its timestamp, though that was cut off', () => {
    expect(judge(`2026-01-01T00:00:09Z ${'x'.repeat(50_000)}`, 20_000).status).toBe('mismatch');
  });

  it('fits an entry after escaping, whatever the bytes', () => {
    for (const byte of [0xff, 0x22, 0x01, 0x5c]) {
      const result = judge(Buffer.concat([Buffer.from('2026-01-01T00:00:01Z '), Buffer.alloc(300_000, byte)]));
      expect(result.status).toBe('caught');
      expect(result.truncated).toBe(true);
      expect(result.bytes).toBeGreaterThan(50_000);
      expect(Buffer.byteLength(JSON.stringify(result.text))).toBeLessThanOrEqual(420_000);
    }
  });

  it('says truncated when the server gave as many lines as were asked for', () => {
    expect(judge('2026-01-01T00:00:01Z a\n'.repeat(1000)).truncated).toBe(true);
    expect(judge('2026-01-01T00:00:01Z a\n'.repeat(999)).truncated).toBe(false);
  });
});
