import { expect, test } from 'vitest';
import { AppError } from '../platform/errors.ts';
import { createProgressLine, forgottenText, leftText, progressText, shortOf } from './usage-progress.ts';

function terminal(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  const out = { isTTY, columns, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  return { written, line: createProgressLine(out) };
}
const CLEAR = '\r\u001b[K';

test('a terminal has one line that renews itself, and no longer than it is wide', () => {
  const { written, line } = terminal(true, 20);
  line.show('one');
  line.show('two '.repeat(10));
  line.keep('failed');
  line.show('three');
  line.end();
  line.end();
  expect(written).toEqual(['one', CLEAR, 'two two two two two', CLEAR, 'failed\n', 'three', '\n']);
});

test('a terminal whose width is not known is taken for one of 80 columns', () => {
  const { written, line } = terminal(true, 0);
  line.show('x'.repeat(100));
  expect(written[0]).toHaveLength(79);
});

test('elsewhere each line stays', () => {
  const { written, line } = terminal(false);
  line.show('x'.repeat(100));
  line.keep('two');
  line.end();
  expect(written).toEqual([`${'x'.repeat(100)}\n`, 'two\n']);
});

const job = { kind: 'hours', fromMs: Date.UTC(2026, 10, 22, 8), toMs: Date.UTC(2026, 10, 22, 12) } as const;
const imported = {
  rows: 10,
  pods: 1,
  samples: 20,
  badSamples: 0,
  method: 'remote_read',
  givenUp: false,
  kept: false,
  withoutUse: [],
} as const;
const HOURS = '2026-11-22T08:00Z to 2026-11-22T12:00Z: ';

test.each([
  [{ job, imported }, '10 rows of 20 samples'],
  [{ job, imported: { ...imported, badSamples: 3 } }, '10 rows of 20 samples, 3 of them bad'],
  [
    { job, imported: { ...imported, givenUp: true, kept: false, withoutUse: [] } },
    'the server keeps nothing of that time',
  ],
  [{ job, error: new AppError('prometheus_denied', 'HTTP 401') }, 'prometheus_denied: HTTP 401'],
])('says what came of the hours: %#', (progress, text) => {
  expect(progressText(progress)).toBe(HOURS + text);
});

test('hours that were not tried are told, where there are any', () => {
  expect([0, 1, 30].map(leftText)).toEqual(['', ', 1 hour not tried', ', 30 hours not tried']);
});

test.each([
  [
    { job, imported },
    { failed: 0, forgotten: 0 },
  ],
  [
    { job, imported: { ...imported, withoutUse: [job.fromMs] } },
    { failed: 1, forgotten: 0 },
  ],
  [
    { job, imported: { ...imported, givenUp: true } },
    { failed: 0, forgotten: 4 },
  ],
  [
    { job, error: new AppError('prometheus_denied', 'HTTP 401') },
    { failed: 4, forgotten: 0 },
  ],
])('hours are counted, not imports: %#', (progress, short) => {
  expect(shortOf(progress)).toEqual(short);
});

test('what is given up is said', () => {
  expect([0, 1].map(forgottenText)).toEqual(['', ', 1 hour that the server keeps nothing of']);
});
