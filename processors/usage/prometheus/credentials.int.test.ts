import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '../../../platform/errors.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { prometheusOptions } from './options.ts';
import { createPrometheus, type Prometheus } from './prometheus.ts';
import { clientOf } from './testing/client-of.ts';
import { startFakePrometheus, type FakePrometheus } from './testing/fake-prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

let fake: FakePrometheus | undefined;
let client: Prometheus | undefined;
afterEach(async () => {
  await client?.close();
  await fake?.close();
});
/** Lets in whoever sends this, and repeats in its refusal what was sent. */
async function guard(authorization: () => string): Promise<FakePrometheus> {
  fake = await startFakePrometheus({
    values: () => [],
    fault: ({ headers }) =>
      headers.authorization === authorization()
        ? undefined
        : { kind: 'answer', status: 401, body: `who is ${headers.authorization}, ${JSON.stringify(headers)}?` },
  });
  return fake;
}
const ask = (): Promise<unknown> => client!.query('up', 0);
const errorOf = async (call: Promise<unknown>): Promise<AppError> =>
  call.then(
    () => expect.unreachable(),
    (error: AppError) => error,
  );

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials', () => {
  it.each([
    ['nothing', {}, undefined],
    ['a password', { username: 'üser', password: 'pa:ss' }, basic('üser:pa:ss')],
    ['a password in a file', { username: 'u', password_file: file('password', 'pass\n') }, basic('u:pass')],
    ['a token', { token: 'abc.def' }, 'Bearer abc.def'],
    ['a token in a file', { token_file: file('token', ' abc.def\n') }, 'Bearer abc.def'],
  ])('of %s are sent', async (_what, options, header) => {
    fake = await startFakePrometheus({ values: () => [] });
    client = clientOf(fake, { ...options, headers: { 'X-Scope-OrgID': 'team-a' } });
    await ask();
    await client.read([[]], 0, 1, () => {});
    for (const { headers } of fake.requests) {
      expect(headers.authorization).toBe(header);
      expect(headers['x-scope-orgid']).toBe('team-a');
    }
  });

  it('follow their file when it is rotated', async () => {
    let good = 'token-1';
    const path = file('rotated', 'token-1');
    client = clientOf(await guard(() => `Bearer ${good}`), { token_file: path });
    await ask();
    good = 'token-2';
    expect(await errorOf(ask())).toMatchObject({ code: 'prometheus_denied' });
    writeFileSync(path, 'token-2\n');
    await ask();
  });

  it.each([
    ['is missing', join(folder, 'absent'), 'ENOENT'],
    ['is empty', file('empty', '\n'), 'empty'],
    ['holds two lines', file('lines', 'secret-1\nsecret-2'), 'cannot be sent'],
  ])('are denied when their file %s', async (_what, path, part) => {
    client = clientOf(await guard(() => 'x'), { token_file: path });
    const error = await errorOf(ask());
    expect(error).toMatchObject({ code: 'prometheus_denied', message: expect.stringContaining(part) });
    expect(error.message).not.toContain('secret');
    expect(fake!.requests).toEqual([]);
  });

  it('stand in no error, even where the server repeats them', async () => {
    client = clientOf(await guard(() => 'x'), {
      username: 'u',
      password: 'secret-1',
      headers: { 'X-Key': 'secret-2' },
    });
    const error = await errorOf(client.query('up{a="secret-3"}', 0));
    expect(error).toMatchObject({ code: 'prometheus_denied', message: expect.stringContaining('[redacted]') });
    const all = JSON.stringify([error.message, error.stack, error.details, error.cause]);
    expect(all).not.toMatch(/secret-\d/);
    expect(all).not.toContain(basic('u:secret-1').slice(6));
  });

  it('are not sent to another origin', async () => {
    const other = await startFakePrometheus({ values: () => [] });
    try {
      fake = await startFakePrometheus({
        fault: () => ({ kind: 'answer', status: 307, headers: { location: `${other.url}/api/v1/query` } }),
      });
      client = clientOf(fake, { token: 'abc' });
      expect(await errorOf(ask())).toMatchObject({ code: 'prometheus_bad_answer' });
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('in the address are refused', () => {
    const create = () =>
      createPrometheus(prometheusOptions({ url: 'http://u:secret@127.0.0.1:1' }), {
        clock: realClock,
        log: silentLogger,
      });
    expect(create).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.not.stringContaining('secret') }),
    );
  });
});

const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl && process.env['CI'] !== 'true')('TLS', () => {
  const path = (name: string): string => join(folder, name);
  const read = (name: string): Buffer => readFileSync(path(name));
  const certificate = (name: string, ...more: string[]): void => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path(`${name}.key`)];
    execFileSync(
      'openssl',
      ['req', '-x509', '-days', '2', ...key, '-out', path(`${name}.pem`), '-subj', `/CN=${name}`, ...more],
      { stdio: 'ignore' },
    );
  };
  beforeAll(() => {
    certificate('server', '-addext', 'subjectAltName=IP:127.0.0.1');
    certificate('client');
    certificate('stranger');
  });
  const startTls = async (): Promise<FakePrometheus> => {
    fake = await startFakePrometheus(
      { values: () => [] },
      {
        key: read('server.key'),
        cert: read('server.pem'),
        ca: read('client.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      },
    );
    return fake;
  };
  const mine = () => ({ cert_file: path('client.pem'), key_file: path('client.key') });

  it('trusts the authority of a file, and shows a certificate', async () => {
    client = clientOf(await startTls(), { ca_file: path('server.pem'), ...mine() });
    await ask();
    expect(fake!.requests).toHaveLength(1);
  });

  it.each([
    ['a server it does not know', () => mine()],
    ['another authority', () => ({ ca_file: path('stranger.pem'), ...mine() })],
    ['no certificate of its own', () => ({ ca_file: path('server.pem') })],
    [
      'a stranger`s certificate',
      () => ({ ca_file: path('server.pem'), cert_file: path('stranger.pem'), key_file: path('stranger.key') }),
    ],
    ['a file that is missing', () => ({ ca_file: path('absent') })],
    ['a file that is none', () => ({ ca_file: file('rubbish', 'rubbish') })],
  ])('does not go through with %s', async (_what, options) => {
    client = clientOf(await startTls(), options());
    expect(await errorOf(ask())).toMatchObject({ code: 'prometheus_unavailable', retryable: true });
    expect(fake!.requests).toEqual([]);
  });

  it('takes a certificate that was renewed for the next connection', async () => {
    const renewed = {
      cert_file: file('renewed.pem', read('stranger.pem').toString()),
      key_file: file('renewed.key', read('stranger.key').toString()),
    };
    client = clientOf(await startTls(), { ca_file: path('server.pem'), ...renewed });
    expect(await errorOf(ask())).toMatchObject({ code: 'prometheus_unavailable' });
    file('renewed.pem', read('client.pem').toString());
    file('renewed.key', read('client.key').toString());
    await ask();
  });
});
