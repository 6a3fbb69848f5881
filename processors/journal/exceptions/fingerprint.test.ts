import { describe, expect, test } from 'vitest';
import { errorLines, normaliseLine } from './error-lines.ts';
import { linesHash } from './fingerprint.ts';
import { Harness, log, pod, running, status, terminated } from './testing.ts';

const stamped = (lines: string[]) =>
  lines.map((line, at) => `2026-03-01T10:00:${10 + at}.123456789Z ${line}`).join('\n');

describe('the lines that say what went wrong', () => {
  test.each([
    [
      'Python: the exception and its innermost frames',
      [
        'start',
        'Traceback (most recent call last):',
        '  File "/app/main.py", line 3, in <module>',
        '    run()',
        '  File "/app/db.py", line 9, in run',
        '    raise X',
        'psycopg2.OperationalError: could not connect',
        'bye',
      ],
      [
        'psycopg2.OperationalError: could not connect',
        'File "/app/db.py", line 9, in run',
        'File "/app/main.py", line 3, in <module>',
      ],
    ],
    [
      'Java: the last cause',
      [
        'java.lang.RuntimeException: outer',
        '\tat a.B.c(B.java:1)',
        'Caused by: java.io.IOException: disk',
        '\tat d.E.f(E.java:2)',
        '\t... 3 more',
      ],
      ['Caused by: java.io.IOException: disk', 'at d.E.f(E.java:2)'],
    ],
    [
      'Node',
      [
        'listening',
        "TypeError: Cannot read properties of undefined (reading 'id')",
        '    at handler (/app/a.js:1:2)',
        '    at run (/app/b.js:3:4)',
        '',
        'Node.js v26',
      ],
      [
        "TypeError: Cannot read properties of undefined (reading 'id')",
        'at handler (/app/a.js:1:2)',
        'at run (/app/b.js:3:4)',
      ],
    ],
    [
      'Go',
      [
        'ok',
        'panic: runtime error: index out of range [5]',
        '',
        'goroutine 1 [running]:',
        'main.main(0x1)',
        '\t/app/main.go:8 +0x1d',
      ],
      ['panic: runtime error: index out of range [5]', 'main.main(0x1)'],
    ],
    ['no exception: what sounds of an error', ['a', 'ERROR cannot bind', 'done', 'x'], ['ERROR cannot bind']],
    ['nothing of the kind: the last lines', ['a', '', 'b', 'c', 'd'], ['b', 'c', 'd']],
    ['an empty log', [], []],
  ])('%s', (_name, given, expected) => {
    expect(errorLines(stamped(given))).toEqual(expected);
  });
});

describe('what differs from pod to pod is masked', () => {
  test.each([
    ['dial tcp 10.1.2.3:5432: refused after 30s', 'dial tcp 10.9.8.7:15432: refused after 5s'],
    ['request 7f8a1c2e-1111-2222-3333-444455556666 failed', 'request 00000000-aaaa-bbbb-cccc-ddddeeeeffff failed'],
    ['pod shop-7d9f5c6b8d-x2x4z lost', 'pod shop-5c4b8f9d7d-zzx9k lost'],
    ['segfault at 0x7ffe01 ip 0xdead', 'segfault at 0x1 ip 0x2'],
    ['2026-03-01 10:00:00,123 ERROR x', '2025-12-31 23:59:59,001 ERROR x'],
    ['no key "abc"', 'no key "other"'],
    ['commit 9fceb02d0ae598e9 missing', 'commit 0123456789abcdef missing'],
    ['[fe80::1:2:3:4]:80 refused', '[fd00::aa:bb:cc:dd]:8080 refused'],
    ['{"level":"error","msg":"no table 5","ts":1}', '{"level":"error","msg":"no table 6","ts":2}'],
  ])('%s', (one, other) => {
    expect(normaliseLine(one)).toBe(normaliseLine(other));
  });

  test.each([
    ['no such table orders', 'no such table users'],
    ['connection refused', 'connection reset'],
    ['{"level":"error","msg":"no table"}', '{"level":"error","msg":"no disk"}'],
  ])('but not %s and %s', (one, other) => {
    expect(normaliseLine(one)).not.toBe(normaliseLine(other));
  });

  test('a huge line and odd characters are borne', () => {
    const started = performance.now();
    expect(linesHash(`Error ${'a1 '.repeat(2_000_000)}\n\u0000\ufffd`)).toHaveLength(32);
    expect(linesHash(`${'"'.repeat(300_000)}\n${'a'.repeat(300_000)}(${'b.'.repeat(100_000)}`)).toHaveLength(32);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('the fingerprint', () => {
  const print = (cluster: string, uid: string, image: string, exit: number, text: string) => {
    const harness = new Harness({ cluster }).beat(0);
    const named = (own: ReturnType<typeof pod>) => ({ ...own, metadata: { ...own.metadata, labels: {} } });
    harness.pod(1, named(pod([status(0, running(1))])), 'add', uid, `shop-${uid}`);
    const dead = { ...status(0, terminated({ start: 1, end: 500, exit })), image };
    harness.pod(501, named(pod([dead])), 'update', uid, `shop-${uid}`).log(502, log(0, { pod_uid: uid, text }));
    return harness.of('death')[0]?.fingerprint;
  };
  const base = print('east', 'pod-1', 'shop:1', 1, 'Error: cannot reach 10.0.0.1');

  test('is the same over pods, releases and clusters', () => {
    expect(print('west', 'pod-77', 'shop:2', 1, 'Error: cannot reach 10.0.0.9')).toBe(base);
  });

  test('differs with the exit code and the lines', () => {
    expect(print('east', 'pod-1', 'shop:1', 2, 'Error: cannot reach 10.0.0.1')).not.toBe(base);
    expect(print('east', 'pod-1', 'shop:1', 1, 'Error: cannot parse')).not.toBe(base);
  });
});
