import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAppError } from '../platform/errors.ts';
import { assertListenAllowed, createAuthenticator, loadTokens, parseTokens, requireRole } from './auth.ts';
import { FULL_SCOPE, inScope } from './scope.ts';

const get = (headers: IncomingHttpHeaders) => ({ method: 'GET', headers });

const thrown = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
};
const codeOf = (action: () => unknown) => {
  const error = thrown(action);
  return isAppError(error) ? error.code : error;
};
const problemsOf = (text: string): string[] => {
  const error = thrown(() => parseTokens(text, 'tokens.yaml'));
  return isAppError(error, 'config_invalid') ? (error.details['problems'] as string[]) : [String(error)];
};

const hex = createHash('sha256').update('a-hashed-secret-token').digest('hex');
const FILE = `
tokens:
  - name: plain
    token: a-plain-secret-token
    role: viewer
    clusters: [prod-*]
    namespaces: [shop, shop-*]
  - { name: hashed, token: "sha256:${hex}", role: admin }
`;

describe('the token file', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tidemark-tokens-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it('is read, and the secrets are not kept', async () => {
    const file = join(folder, 'tokens.yaml');
    await writeFile(file, FILE);
    const tokens = await loadTokens(file);
    expect(tokens.map(({ name, scope }) => ({ name, scope }))).toEqual([
      { name: 'plain', scope: { role: 'viewer', clusters: ['prod-*'], namespaces: ['shop', 'shop-*'] } },
      { name: 'hashed', scope: { role: 'admin', clusters: ['*'], namespaces: ['*'] } },
    ]);
    expect(JSON.stringify(tokens)).not.toContain('a-plain-secret-token');
    await expect(loadTokens(join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('lists everything that is wrong and quotes no secret', () => {
    const problems = problemsOf(`
tokens:
  - { name: a, token: short, role: viewer, clusters: [] }
  - { name: b, token: long-enough-secret-1, role: king, extra: 1 }
  - { token: long-enough-secret-2, role: admin, namespaces: ["a b"] }`);
    const all = problems.join('\n');
    expect(all).toContain('/tokens/0/token');
    expect(all).toContain('/tokens/0/clusters');
    expect(problems).toContain('/tokens/1/role must be one of viewer, operator, admin');
    expect(problems.filter((problem) => problem.includes('extra'))).toEqual(['/tokens/1/extra is not known here']);
    expect(all).toContain('name');
    expect(all).toContain('/tokens/2/namespaces/0');
    expect(all).not.toContain('secret');
  });

  it.each([
    ['tokens: []', '/tokens'],
    ['', '/'],
    ['tokens: [', 'at character'],
    ['- a', '/'],
    ['tokens: [{name: a, token: "sha256:xyz-not-hex-at-all", role: viewer}]', '64 hexadecimal'],
    [
      'tokens: [{name: a, token: same-same-same-same, role: viewer}, {name: a, token: same-same-same-same, role: viewer}]',
      'used twice',
    ],
  ])('%j is refused', (text, problem) => expect(problemsOf(text).join('\n')).toContain(problem));
});

describe('who asks', () => {
  const authenticate = createAuthenticator({ tokens: parseTokens(FILE, 'tokens.yaml') });

  it.each([
    ['Bearer a-plain-secret-token', 'plain'],
    ['bearer   a-hashed-secret-token', 'hashed'],
  ])('%s', (authorization, name) => expect(authenticate(get({ authorization })).name).toBe(name));

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer x',
    'Basic a-plain-secret-token',
    `Bearer sha256:${hex}`,
    `Bearer ${hex}`,
    'Bearer a-plain-secret-token x',
  ])('%j is nobody', (authorization) =>
    expect(codeOf(() => authenticate(get(authorization === undefined ? {} : { authorization })))).toBe('unauthorized'),
  );

  const open = createAuthenticator({ tokens: null, allowedHosts: ['Tidemark.internal'] });
  it.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST',
    '127.0.0.1:1',
    '127.9.9.9',
    '[::1]:8080',
    'tidemark.internal:8080',
  ])('open: the host %s is this machine', (host) => expect(open(get({ host })).scope).toBe(FULL_SCOPE));
  it.each([
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '10.0.0.1:8080',
    'localhost:80:80',
    '[::2]',
  ])('open: the host %j is not', (host) => expect(codeOf(() => open(get({ host })))).toBe('forbidden'));
});

it.each([
  ['viewer', 'operator', 'forbidden'],
  ['operator', 'operator', null],
  ['admin', 'operator', null],
  ['operator', 'admin', 'forbidden'],
] as const)('%s where %s is needed: %s', (role, needed, code) =>
  expect(codeOf(() => requireRole({ ...FULL_SCOPE, role }, needed))).toBe(code),
);

it.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['', false],
  ['10.1.2.3', false],
  ['127.0.0.1.example', false],
])('listening on %j without tokens: %s', (host, allowed) => {
  expect(codeOf(() => assertListenAllowed({ host, tokens: null }))).toBe(allowed ? null : 'config_invalid');
  expect(codeOf(() => assertListenAllowed({ host, tokens: [] }))).toBeNull();
});

it.each([
  [['a'], 'a', true],
  [['a'], 'ab', false],
  [['a*'], 'ab', true],
  [['*a'], 'ba', true],
  [['a*c'], 'abd', false],
  [['a.c'], 'abc', false],
  [['*'], '', true],
  [[], 'a', false],
] as const)('the patterns %j and the name %j: %s', (namespaces, name, expected) =>
  expect(inScope({ role: 'viewer', clusters: ['*'], namespaces }, 'any', name)).toBe(expected),
);
