import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFakePrometheus, type FakePrometheus } from '../processors/usage/prometheus/testing/fake-prometheus.ts';
import { countsOf, shopSeries } from '../processors/usage/import/testing/shop.ts';

const PROGRAM = fileURLToPath(new URL('../tidemark.ts', import.meta.url));
const DAY = Date.UTC(2026, 9, 22);
const SERIES = shopSeries({ fromMs: DAY, count: 6 * 120, everyMs: 30_000 });

let dir = '';
let fake: FakePrometheus;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-import-'));
  fake = await startFakePrometheus({ series: SERIES, values: countsOf(() => SERIES) });
});
beforeEach(() => void (fake.behaviour.fault = undefined));
afterAll(async () => {
  await fake.close();
  rmSync(dir, { recursive: true, force: true });
});

function start(...args: string[]) {
  const servers = [{ cluster: 'a', url: fake.url, token: 'secret-token' }];
  const env = { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_USAGE_PROMETHEUS: JSON.stringify(servers) };
  const child = spawn(process.execPath, [PROGRAM, 'import', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}
const run = (...args: string[]) => start(...args).ended;
const HOURS = ['--from', '2026-10-22T01:20:00Z', '--to', '2026-10-22T03:40:00Z'];

test('imports the hours of a range, and leaves what is done', async () => {
  const first = await run('--cluster', 'a', ...HOURS);
  expect(first.said).toContain('2026-10-22T03:00Z to 2026-10-22T04:00Z: 240 rows of ');
  expect(first.said).toContain('; 0 hours to go');
  expect(first.said).toContain('a: 2026-10-22T01:20Z to 2026-10-22T03:40Z imported, 0 failed');
  expect(first.code).toBe(0);
  const asked = fake.requests.length;
  const second = await run('--cluster', 'a', ...HOURS);
  expect(second).toEqual({ code: 0, said: 'a: 2026-10-22T01:20Z to 2026-10-22T03:40Z imported, 0 failed\n' });
  expect(fake.requests).toHaveLength(asked);
  const forced = await run('--cluster', 'a', ...HOURS, '--force');
  expect(forced).toMatchObject({ code: 0, said: expect.stringContaining('240 rows of ') });
});

test('ends with 1 where the server fails, and tells no secret', async () => {
  fake.behaviour.fault = ({ headers }) => ({ kind: 'answer', status: 401, body: `not ${headers.authorization}` });
  const { code, said } = await run('--cluster', 'a', '--from', '2026-10-22', '--to', '2026-10-22T01:00:00Z');
  expect(said).toContain('2026-10-22T00:00Z to 2026-10-22T01:00Z: prometheus_denied: ');
  expect(said).toContain('imported, 1 failed\n');
  expect(said).not.toContain('secret-token');
  expect(code).toBe(1);
});

test.each([
  [['--from', '2026-10-22', '--to', '2026-10-23'], '--cluster is missing'],
  [['--cluster', 'b', ...HOURS], 'usage.prometheus has no cluster b (a)'],
  [['--cluster', 'a', '--from', 'noon', '--to', '2026-10-23'], "--from takes a time, not 'noon'"],
  [['--cluster', 'a', ...HOURS, '--speed', '9'], '--speed'],
  [['--cluster', 'a', '--from', '2099-01-01', '--to', '2099-01-02'], '--from 2099-01-01T00:00:00.000Z is not over yet'],
  [['--cluster', 'a', '--from', '2020-01-01', '--to', '2020-01-02'], 'retention.usage_hourly_days'],
])('ends with 2 on a wrong call: %j', async (args, part) => {
  expect(await run(...args)).toEqual({ code: 2, said: expect.stringContaining(part) });
});

test('a signal ends it in good order, and what is left is imported the next time', async () => {
  const range = ['--from', '2026-10-22T04:00:00Z', '--to', '2026-10-22T05:00:00Z'];
  const asked = new Promise<void>((reached) => {
    fake.behaviour.fault = ({ path }) => (path.endsWith('/read') ? (reached(), { kind: 'hang' }) : undefined);
  });
  const { child, ended } = start('--cluster', 'a', ...range);
  try {
    await Promise.race([asked, ended]);
    child.kill('SIGTERM');
    const { code, said } = await ended;
    expect(said).toContain('stopped, 0 failed');
    expect(code).toBe(1);
  } finally {
    child.kill('SIGKILL');
  }
  fake.behaviour.fault = undefined;
  expect(await run('--cluster', 'a', ...range)).toMatchObject({ code: 0, said: expect.stringContaining('240 rows') });
});
