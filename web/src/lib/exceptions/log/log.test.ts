import { describe, expect, test } from 'vitest';
import { findAlarms, isError } from './alarms.ts';
import { stripAnsi } from './ansi.ts';
import { LAID_OUT_LINES_MAX, layOutJson, mayBeJson } from './json-layout.ts';
import { formatLineRange, parseLineRange, parseLog, textOfLines } from './parse-log.ts';
import { CUT, firstWindow, grown, piecesOf, windowAround, withSigns } from './pieces.ts';
import { byLine, searchLines } from './search.ts';
import { formatBefore, stampText } from './stamps.ts';

const ESC = '\u001B';
const all = (text: string) => ({ from: 0, to: text.length });

describe('lines', () => {
  test('lose their stamp, keep all else', () => {
    const text = '2026-11-22T12:00:00.123456789Z a  b\r\n2026-11-22T20:00:01+08:00 \nno stamp\n\n';
    expect(parseLog(text)).toEqual([
      { number: 1, at: Date.parse('2026-11-22T12:00:00.123Z'), body: 'a  b' },
      { number: 2, at: Date.parse('2026-11-22T12:00:01.000Z'), body: '' },
      { number: 3, at: null, body: 'no stamp' },
      { number: 4, at: null, body: '' },
    ]);
    expect(parseLog('')).toEqual([]);
    expect(parseLog('2026-13-45T12:00:00Z x')[0]?.at).toBeNull();
  });

  test('a range is read and written', () => {
    expect(['120', 'L7-L9', '9-7', ' 3 - 4 ', '0', 'x', '', '1-'].map(parseLineRange)).toEqual([
      { first: 120, last: 120 },
      { first: 7, last: 9 },
      { first: 7, last: 9 },
      { first: 3, last: 4 },
      null,
      null,
      null,
      null,
    ]);
    expect([formatLineRange({ first: 3, last: 3 }), formatLineRange({ first: 3, last: 5 })]).toEqual(['3', '3-5']);
    expect(textOfLines('a\nb\nc\nd', { first: 2, last: 3 })).toBe('b\nc');
  });
});

describe('terminal sequences', () => {
  test.each([
    ['colours', `${ESC}[31mred${ESC}[0m plain`, 'red plain'],
    ['a link', `${ESC}]8;;https://evil.example${ESC}\\here${ESC}]8;;${ESC}\\ on`, 'here on'],
    ['a title', `${ESC}]0;title\u0007text`, 'text'],
    ['cursor moves', `a${ESC}[2K${ESC}[1;1Hb${ESC}[?25lc${ESC}7`, 'abc'],
    ['8-bit forms', '\u009B31mred\u009D0;t\u009Cx', 'redx'],
    ['a string that never ends', `${ESC}]0;kept`, '0;kept'],
    ['a device string', `${ESC}Pq#0${ESC}\\x`, 'x'],
    ['a lone escape', `a${ESC}`, `a${ESC}`],
  ])('%s', (_name, line, expected) => {
    expect(stripAnsi(line).text).toBe(expected);
  });

  test('few colours and bold are kept', () => {
    expect(
      stripAnsi(`${ESC}[1;31mE${ESC}[22m!${ESC}[39m ${ESC}[38;5;196;92mg${ESC}[38;2;1;2;31mx${ESC}[mq`).runs,
    ).toEqual([
      { from: 0, to: 1, colour: 'red', bold: true },
      { from: 1, to: 2, colour: 'red', bold: false },
      { from: 3, to: 4, colour: 'green', bold: false },
      { from: 4, to: 5, colour: 'green', bold: false },
    ]);
  });

  test('a million openers take no time', () => {
    const started = performance.now();
    stripAnsi(`${ESC}]`.repeat(500_000));
    stripAnsi(`${ESC}[`.repeat(500_000));
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('pieces', () => {
  test('what cannot be seen becomes a sign of its own', () => {
    const text = 'a\u202Eb\u0000\uD800c\td\u{E0041}e\u200D';
    const pieces = piecesOf({ text, runs: [] }, all(text), [], null);
    expect(pieces.map((piece) => piece.text)).toEqual([
      'a',
      '⟨U+202E⟩',
      'b',
      '⟨U+0000⟩',
      '⟨U+D800⟩',
      'c\td',
      '⟨U+E0041⟩',
      'e\u200D',
    ]);
    expect(pieces.filter(({ sign }) => sign)).toHaveLength(4);
    expect(withSigns('x\u2066y👍')).toBe('x⟨U+2066⟩y👍');
  });

  test('colours and matches cross', () => {
    const line = { text: 'abcdef', runs: [{ from: 1, to: 4, colour: 'red', bold: false } as const] };
    const matches = [
      { from: 0, to: 2 },
      { from: 3, to: 6 },
    ];
    const pieces = piecesOf(line, all(line.text), matches, matches[1] ?? null);
    expect(pieces.map(({ text, colour, match }) => [text, colour, match])).toEqual([
      ['a', null, 'match'],
      ['b', 'red', 'match'],
      ['c', 'red', 'none'],
      ['d', 'red', 'current'],
      ['ef', null, 'current'],
    ]);
  });

  test('only the part that is shown, with all of its text', () => {
    const text = 'x'.repeat(1_000_000);
    const shown = { from: 500_000, to: 504_000 };
    const pieces = piecesOf({ text, runs: [] }, shown, [{ from: 499_999, to: 500_001 }], null);
    expect(pieces.map((piece) => piece.text.length)).toEqual([1, 3999]);
  });

  test('windows over a long line', () => {
    const text = '👍'.repeat(200_000);
    const first = firstWindow(`x${text}`);
    expect(first).toEqual({ from: 0, to: CUT - 1 });
    expect(windowAround(text, first, { from: 10, to: 12 })).toBe(first);
    const around = windowAround(text, first, { from: 300_000, to: 300_002 });
    expect(around.from).toBeLessThan(300_000);
    expect(around.to).toBeGreaterThan(300_002);
    expect(text.slice(around.from, around.to).isWellFormed()).toBe(true);
    let shown = first;
    for (let step = 0; step < 50; step++) shown = grown(text, shown, 'end');
    expect(shown.to).toBe(text.length);
    expect(shown.to - shown.from).toBeLessThanOrEqual(64_001);
    for (let step = 0; step < 50; step++) shown = grown(text, shown, 'start');
    expect(shown.from).toBe(0);
  });
});

describe('errors', () => {
  test.each([
    ['Error: connect ECONNREFUSED 10.0.0.1:5432', true],
    ['2026/11/22 12:00:00 [emerg] 1#1: bind() failed', true],
    ['{"level":"error","msg":"gone"}', true],
    ['time=x level=fatal msg=gone', true],
    ['java.lang.OutOfMemoryError: Java heap space', true],
    ["KeyError: 'user'", true],
    ['panic: runtime error: index out of range', true],
    ['E1122 12:00:00.000000       1 main.go:3] gone', true],
    ['Segmentation fault (core dumped)', true],
    ['Traceback (most recent call last):', true],
    ['INFO retry after error', false],
    ['{"level":"info","msg":"0 failed"}', false],
    ['[WARN] slow', false],
    ['I1122 12:00:00.000000       1 main.go:3] error budget fine', false],
    ['GET /errors 200', false],
    ['listening on 8080', false],
  ])('%s: %s', (text, expected) => {
    expect(isError(text)).toBe(expected);
  });

  test('stack traces stay with their error', () => {
    const lines = [
      'ok',
      'panic: gone',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/app/main.go:12 +0x1d',
      '',
      'ok',
      'TypeError: x',
      '    at f (a.js:1)',
    ];
    const { kinds, starts } = findAlarms(lines);
    expect(kinds).toEqual(['plain', 'error', 'frame', 'frame', 'frame', 'frame', 'plain', 'plain', 'error', 'frame']);
    expect(starts).toEqual([1, 8]);
  });

  test('what is indented below a plain line is no trace', () => {
    expect(findAlarms(['starting with', '  one', '', '    at noon']).kinds).toEqual([
      'plain',
      'plain',
      'plain',
      'plain',
    ]);
  });

  test("Python's exception stands below its frames", () => {
    const lines = ['Traceback (most recent call last):', '  File "a.py", line 1', "KeyError: 'x'", 'done'];
    expect(findAlarms(lines)).toEqual({ kinds: ['error', 'frame', 'error', 'plain'], starts: [0] });
  });
});

describe('search', () => {
  const texts = ['Error one', 'an ERROR.*', 'straße İx'];
  test('finds the words as they are', () => {
    expect(searchLines(texts, 'error', false).matches).toEqual([
      { line: 0, from: 0, to: 5 },
      { line: 1, from: 3, to: 8 },
    ]);
    expect(searchLines(texts, 'ERROR', true).matches).toHaveLength(1);
    expect(searchLines(texts, '.*', false).matches).toEqual([{ line: 1, from: 8, to: 10 }]);
    expect(searchLines(texts, 'x', false).matches).toEqual([{ line: 2, from: 8, to: 9 }]);
    for (const odd of ['\\', '(', '[a-', '\uD800', '$1', '{2}', '/'])
      expect(searchLines(texts, odd, false).matches).toEqual([]);
    expect(searchLines(texts, '', false).matches).toEqual([]);
  });

  test('ends at a bound and says so', () => {
    const found = searchLines(['a'.repeat(1_000_000)], 'a', false);
    expect([found.matches.length, found.more]).toEqual([5000, true]);
    expect(byLine(found).get(0)).toHaveLength(5000);
  });
});

describe('JSON', () => {
  test('is laid out as it was written', () => {
    expect(
      layOutJson(String.raw`{"id":12345678901234567890,"a":[1, {}],"e":[],"t":"x: {\"y\", \u202e}"}`)?.join('\n'),
    ).toBe(
      String.raw`{
  "id": 12345678901234567890,
  "a": [
    1,
    {}
  ],
  "e": [],
  "t": "x: {\"y\", \u202e}"
}`,
    );
    expect([layOutJson('{"a":'), layOutJson('7'), layOutJson(`["${'x'.repeat(100_000)}"]`)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(layOutJson('["\\\\", "[\\"[", 1]')).toEqual(['[', '  "\\\\",', '  "[\\"[",', '  1', ']']);
    expect([mayBeJson('{"a":1}'), mayBeJson('{}'), mayBeJson('x')]).toEqual([true, false, false]);
  });
});

describe('JSON made to hurt', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}1${']'.repeat(depth)}}`;
  test.each([40_000, 200])('%i lists in an object are not laid out', (depth) => {
    expect(layOutJson(nested(depth))).toBeNull();
  });
  test('deep levels stand no further to the right', () => {
    const lines = layOutJson(nested(199)) ?? [];
    expect(lines).toHaveLength(2 * 200 + 1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(100);
  });
  test('long lists end after the lines that are shown', () => {
    const lines = layOutJson(`[${'1,'.repeat(40_000)}1]`) ?? [];
    expect(lines).toHaveLength(LAID_OUT_LINES_MAX + 1);
    expect(lines.at(-1)).toBe('…');
  });
});

test('stamps', () => {
  expect([-1234, -49, 0, 49, 440, -59_960, -185_000, -7_385_000].map(formatBefore)).toEqual([
    '-1.2 s',
    '0.0 s',
    '0.0 s',
    '0.0 s',
    '+0.4 s',
    '-1:00',
    '-3:05',
    '-2:03:05',
  ]);
  const at = Date.parse('2026-11-22T12:00:00.123Z');
  expect(stampText(at, 'absolute', null, 'Asia/Shanghai')).toBe('2026-11-22 20:00:00.123');
  expect(stampText(at, 'relative', at + 1500, 'UTC')).toBe('-1.5 s');
  expect(stampText(at, 'relative', null, 'UTC')).toBe('2026-11-22 12:00:00.123');
  const second = Date.parse('2026-11-22T12:00:00Z');
  const near = [-1, 0, 1, 999, 1000].map((ms) => stampText(second + ms, 'relative', second, 'UTC'));
  expect(near).toEqual(['0.0 s', '0.0 s', '0.0 s', '0.0 s', '+1.0 s']);
  expect(stampText(at + 700, 'relative', at, 'UTC')).toBe('+0.7 s');
  expect([stampText(null, 'absolute', at, 'UTC'), stampText(at, 'hidden', at, 'UTC')]).toEqual(['', '']);
});
