import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTokens } from './auth.ts';
import { buildApp, type ApiDeps } from './index.ts';
import { fakeDeps } from './testing/fake-deps.ts';

const LOCAL = { host: 'localhost' };
type App = Awaited<ReturnType<typeof buildApp>>;

describe('the built pages', () => {
  let dir: string;
  let app: App;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-pages-'));
    const dist = join(dir, 'dist');
    await mkdir(join(dist, 'assets'), { recursive: true });
    await mkdir(join(dist, '.vite'));
    await writeFile(join(dir, 'secret.txt'), 'not served');
    await writeFile(join(dist, '.vite', 'manifest.json'), '{}');
    await writeFile(join(dist, 'index.html'), '<!doctype html><title>pages</title>');
    await writeFile(join(dist, 'favicon.svg'), '<svg/>');
    await writeFile(join(dist, 'assets', 'index-abc.js'), 'plain');
    await writeFile(join(dist, 'assets', 'index-abc.js.br'), 'smaller');
    app = await buildApp({ ...fakeDeps(), pagesDir: dist });
  });
  afterAll(async () => {
    await app.close();
    await rm(dir, { recursive: true });
  });
  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { ...LOCAL, ...headers } });

  it.each(['/', '/exceptions', '/exceptions/9b93?open=1', '/index.html', '/clusters/'])(
    '%s is the program under its policy, never kept',
    async (url) => {
      const answer = await get(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toContain('<title>pages</title>');
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.headers['cache-control']).toBe('no-cache');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    },
  );

  it('a hashed file is kept for a year, compressed where the browser takes it', async () => {
    const plain = await get('/assets/index-abc.js');
    expect(plain.body).toBe('plain');
    expect(plain.headers['content-type']).toMatch(/javascript/);
    expect(plain.headers['cache-control']).toContain('immutable');
    const small = await get('/assets/index-abc.js', { 'accept-encoding': 'gzip, br' });
    expect(small.body).toBe('smaller');
    expect(small.headers['content-encoding']).toBe('br');
  });

  it.each([`/${'a'.repeat(300)}.js`, '/favicon.svg/x.js'])('%.20s… is no file, and no fault', async (url) =>
    expect((await get(url)).body).toContain('<title>pages</title>'),
  );

  it.each(['/assets/gone-123.js', '/api/v1/nothing', '/api/'])(
    '%s is not the program: an old page must hear that its file is gone',
    async (url) => {
      const answer = await get(url);
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'not_found']);
    },
  );

  it.each(['/../secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/.vite/manifest.json', '/%00'])(
    '%s does not lead out of the folder',
    async (url) => expect((await get(url)).body).not.toMatch(/not served|^\{\}$/),
  );

  it('POST is no page', async () => {
    expect((await app.inject({ method: 'POST', url: '/exceptions', headers: LOCAL })).statusCode).toBe(404);
  });

  it('a page elsewhere whose name was rebound to this machine gets nothing', async () => {
    expect((await app.inject({ url: '/', headers: { host: 'evil.example' } })).statusCode).toBe(403);
  });

  it('with tokens the program is served to everyone, and the data is not', async () => {
    const deps: ApiDeps = { ...fakeDeps(), pagesDir: join(dir, 'dist') };
    const auth = { tokens: parseTokens('tokens: [{name: a, token: a-long-secret-token, role: viewer}]', 'x') };
    const guarded = await buildApp({ ...deps, auth });
    expect((await guarded.inject({ url: '/' })).statusCode).toBe(200);
    expect((await guarded.inject({ url: '/api/v1/exceptions' })).statusCode).toBe(401);
    await guarded.close();
  });

  it('where nothing was built the API answers, and the address says what to do', async () => {
    const bare = await buildApp({ ...fakeDeps(), pagesDir: join(dir, 'none') });
    const answer = await bare.inject({ url: '/', headers: LOCAL });
    expect([answer.statusCode, answer.json().error.message]).toEqual([404, expect.stringContaining('npm run build')]);
    expect((await bare.inject({ url: '/healthz', headers: LOCAL })).statusCode).toBe(200);
    await bare.close();
  });
});
