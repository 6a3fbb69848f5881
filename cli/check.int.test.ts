import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { parseTokens } from '../api/auth.ts';
import { startApi } from '../api/server.ts';
import { chdbStore } from '../api/testing/chdb-store.ts';
import { fakeDeps } from '../api/testing/fake-deps.ts';
import { clusterRow, coverageRow, exceptionRow } from '../api/testing/rows.ts';
import { windowRow } from '../api/testing/usage-rows.ts';
import { realClock, toTime } from '../platform/clock.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { clustersTable, coverageTable } from '../schemas/journal.ts';
import { usageWindowsTable } from '../schemas/usage.ts';
import { main } from './main.ts';

const TOKEN = 'a-token-that-nobody-may-see';
const NOW = Date.now();
const HOUR_MS = 3_600_000;
const ago = (ms: number): string => toTime(NOW - ms);

let dir: string;
let url: string;
let fake: Server;
let close: () => Promise<void>;
let out: MockInstance<typeof process.stdout.write>;
let err: MockInstance<typeof process.stderr.write>;
const said = (stream: MockInstance<typeof process.stdout.write>): string =>
  stream.mock.calls.map(([text]) => String(text)).join('');

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-check-'));
  writeFileSync(join(dir, 'token'), `${TOKEN}\n`);
  const { store, remove } = await chdbStore();
  const windows = [0, 1, 2, 3, 4].map((back) =>
    windowRow({ window_start: toTime(Math.floor(NOW / HOUR_MS - back) * HOUR_MS), imported_to: ago(-HOUR_MS) }),
  );
  await store.insert(usageWindowsTable, windows, { token: 'w' });
  await store.insert(coverageTable, [coverageRow({ from: ago(24 * HOUR_MS) })], { token: 'c' });
  await store.insert(clustersTable, [clusterRow({ last_heartbeat_at: ago(-HOUR_MS) })], { token: 'h' });
  const broken = 'a <&> "b"\u001b[31m\u0000';
  const died = exceptionRow({ id: 'd1', observed_at: ago(HOUR_MS / 2), workload: broken });
  await store.insert(exceptionsTable, [died], { token: 'e' });
  const tokens = parseTokens(JSON.stringify({ tokens: [{ name: 'ci', token: TOKEN, role: 'operator' }] }), 'tokens');
  const api = await startApi({
    ...fakeDeps({ store, clock: realClock, auth: { tokens } }),
    host: '127.0.0.1',
    port: 0,
  });
  url = api.url;
  fake = createServer((request, response) => {
    if (request.url?.includes('slow')) return void request.socket.destroy();
    response.writeHead(request.url?.includes('moved') ? 302 : 200, { location: `${url}/api/v1/runs` });
    response.end('<html>');
  }).listen(0, '127.0.0.1');
  close = async () => {
    fake.close();
    await api.close();
    await remove();
  };
});
afterAll(async () => {
  await close();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.stubEnv('TIDEMARK_URL', url);
  vi.stubEnv('TIDEMARK_CLIENT_TOKEN_FILE', join(dir, 'token'));
});
afterEach(() => {
  const all = said(out) + said(err);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  if (all.includes(TOKEN)) throw new Error('the token was told');
});

it('names a range in a pipeline and shows it', async () => {
  expect(await main(['run', 'start', 'load 1', '--cluster', 'east', '--note', 'v7\u001b[31m'])).toBe(1);
  expect(said(err)).toMatch(/note/);
  expect(await main(['run', 'start', 'load 1', '--cluster', 'east', '--note', 'v7'])).toBe(0);
  expect(await main(['run', 'start', 'load 1'])).toBe(1);
  expect(said(err)).toMatch(/tidemark run: there is a run 'load 1', which goes on since .*: stop it/);
  expect(await main(['run', 'stop', 'load 1'])).toBe(0);
  expect(await main(['run', 'list', '--name', 'load*'])).toBe(0);
  expect(await main(['run', 'show', 'load 1'])).toBe(0);
  expect(said(out)).toMatch(
    /Started load 1 .* goes on {2}east\nEnded load 1 .*\nload 1 .*\nload 1 .*\n {2}v7\nWatched/s,
  );
  expect(await main(['run', 'show', 'load 2'])).toBe(1);
});

describe('check', () => {
  const quiet = ['check', '--since', '10m', '--cluster', 'east'];
  const junit = () => join(dir, 'junit.xml');

  it('answers 0 where all is good', async () => {
    expect(await main([...quiet, '--junit', junit()])).toBe(0);
    expect(said(out)).toMatch(/ok {6}new exceptions: 0 \(at most 0\)[\s\S]*Fine\.\n$/);
    expect(readFileSync(junit(), 'utf8')).toMatch(/tests="8" failures="0" errors="0"/);
    expect(await main(['check', '--run', 'load 1'])).toBe(0);
  });

  it('answers 1 to new failures, and writes them down', async () => {
    expect(await main(['check', '--since', '1h', '--junit', junit(), '--max-oom-kills', '1'])).toBe(1);
    expect(said(out)).toContain('FAILED  new exceptions: 1 (at most 0)');
    expect(said(out)).toContain(`east/a Deployment/a <&> "b" app: OOMKilled`.replace('"b" ', '"b"  '));
    expect(said(out)).toContain(`${url}/exceptions/d1`);
    // oxlint-disable-next-line no-control-regex
    expect(said(out)).not.toMatch(/[\u0000\u001b]/);
    const xml = readFileSync(junit(), 'utf8');
    expect(xml).toContain('a &lt;&amp;&gt; &quot;b&quot;');
    expect(xml).not.toContain(TOKEN);
    out.mockClear();
    expect(await main(['check', '--since', ago(HOUR_MS), '--json'])).toBe(1);
    expect(JSON.parse(said(out))).toMatchObject({ ok: false, run: null });
  });

  it('answers 1 where too little is known', async () => {
    expect(await main(['check', '--since', '10m', '--cluster', 'nowhere'])).toBe(1);
    expect(said(out)).toMatch(/FAILED {2}watched: 0 %[\s\S]*FAILED {2}imported: 0 %/);
    expect(
      await main(['check', '--since', '10m', '--cluster', 'nowhere', '--min-watched', '0', '--min-complete', '0']),
    ).toBe(0);
  });

  it.each([
    ['a run that there is not', ['--run', 'nothing'], {}, /there is no run/],
    ['nothing', [], {}, /one of --run and --since is needed/],
    ['both', ['--run', 'a', '--since', '1h'], {}, /one of --run and --since/],
    ['a bad time', ['--since', 'yesterday'], {}, /--since takes a time/],
    ['a bad number', ['--since', '1h', '--max-outages', '-1'], {}, /max-outages/],
    ['a threshold that is refused', ['--since', '1h', '--max-throttled', '3'], {}, /max_throttled/],
    ['an unknown option', ['--sinc', '1h'], {}, /--sinc/],
    ['a wrong token', ['--since', '1h'], { TIDEMARK_CLIENT_TOKEN: 'wrong-token-of-nobody' }, /a valid token is needed/],
    ['nobody there', ['--since', '1h', '--url', 'http://127.0.0.1:9'], {}, /http:\/\/127.0.0.1:9 cannot be asked/],
    ['no address', ['--since', '1h', '--url', 'ftp://x'], {}, /--url must be an address/],
    ['a password in the address', ['--since', '1h', '--url', 'http://u:hidden-word@x'], {}, /must not hold a user/],
    [
      'a file that is not there',
      ['--since', '1h'],
      { TIDEMARK_CLIENT_CA_FILE: '/nowhere' },
      /client.ca_file \/nowhere cannot be read/,
    ],
    [
      'a file that cannot be written',
      ['--since', '10m', '--junit', '/nowhere/x'],
      {},
      /\/nowhere\/x cannot be written/,
    ],
  ])('answers 2 to %s', async (_what, args, env, words) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(await main(['check', ...args])).toBe(2);
    expect(said(err)).toMatch(words);
    expect(said(out) + said(err)).not.toMatch(/hidden-word|wrong-token/);
  });

  it.each([
    ['a page of somebody else', 'page', /did not answer with JSON/],
    ['being sent elsewhere', 'moved', /answered 302, which is not Tidemark's API/],
    ['a connection that is cut', 'slow', /cannot be asked/],
  ])('answers 2 to %s, and says so in the file', async (_what, path, words) => {
    const { port } = fake.address() as AddressInfo;
    const args = ['--since', '1h', '--url', `http://127.0.0.1:${port}/${path}`, '--junit', junit()];
    expect(await main(['check', ...args])).toBe(2);
    expect(said(err)).toMatch(words);
    expect(readFileSync(junit(), 'utf8')).toMatch(/tests="1" failures="0" errors="1"/);
  });
});
