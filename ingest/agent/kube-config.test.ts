import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { CLUSTER_NAME } from '../../schemas/topics.ts';
import { clusterNameOf, loadCluster } from './kube-config.ts';

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-kubeconfig-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function file(text: string): string {
  const path = join(dir, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

const config = (given: { current?: string; server?: string; user?: string; cluster?: string } = {}): string => `
apiVersion: v1
kind: Config
current-context: ${given.current ?? 'blue'}
clusters:
- name: c
  cluster: { server: "${given.server ?? 'https://127.0.0.1:6443'}" }
users:
- name: u
  user: ${given.user ?? '{ token: "secret-token" }'}
contexts:
- name: blue
  context: { cluster: ${given.cluster ?? 'c'}, user: u }
- name: green
  context: { cluster: c, user: u }
`;

describe('loadCluster', () => {
  test.each<[string, () => Parameters<typeof loadCluster>[0], RegExp]>([
    [
      'a file that does not exist',
      () => ({ kubeconfig: join(dir, 'nope') }),
      /nope does not exist: give an existing file/,
    ],
    [
      'a context that does not exist',
      () => ({ kubeconfig: file(config()), context: 'red' }),
      /"red" does not exist: choose one of: blue, green/,
    ],
    [
      'no current context',
      () => ({ kubeconfig: file(config({ current: '""' })) }),
      /no current context is set: choose one of: blue, green/,
    ],
    ['no context at all', () => ({ kubeconfig: file('kind: Config\n') }), /holds no context at all/],
    [
      'a cluster that does not exist',
      () => ({ kubeconfig: file(config({ cluster: 'other' })) }),
      /cluster "other", which does not exist/,
    ],
    ['a server that is no URL', () => ({ kubeconfig: file(config({ server: 'ftp://x' })) }), /is no http or https URL/],
    [
      'such a server with a password',
      () => ({ kubeconfig: file(config({ server: 'ftp://ann:secret-token@x' })) }),
      /"ftp:\/\/x" of the context/,
    ],
    ['text that is no YAML', () => ({ kubeconfig: file('token: secret-token\n  : : [') }), /cannot be read: .*line \d/],
    ['an empty file', () => ({ kubeconfig: file('') }), /cannot be read|holds no context/],
  ])('%s is told with what to do, and without secrets', (_, options, message) => {
    let error: unknown;
    try {
      loadCluster(options());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'kubeconfig_invalid', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('secret-token');
  });

  test('the current context, or the one named', () => {
    expect(loadCluster({ kubeconfig: file(config()) })).toMatchObject({
      name: 'blue',
      server: 'https://127.0.0.1:6443',
    });
    expect(loadCluster({ kubeconfig: file(config()), context: 'green' }).name).toBe('green');
  });

  test('a server is known without the name and password in its URL', () => {
    const server = 'https://ann:secret-token@127.0.0.1:6443';
    expect(loadCluster({ kubeconfig: file(config({ server })) }).server).toBe('https://127.0.0.1:6443');
  });

  test('several files are merged, the first says the current context, missing ones are passed over', () => {
    const one = file(config());
    const other = file(
      config({ current: 'second' })
        .replaceAll(/name: (c|u|blue|green)/g, 'name: second-$1')
        .replaceAll('cluster: c,', 'cluster: second-c,'),
    );
    const list = [join(dir, 'missing'), one, other].join(':');
    expect(loadCluster({ kubeconfig: list }).name).toBe('blue');
    expect(loadCluster({ kubeconfig: list, context: 'second-green' }).name).toBe('second-green');
  });

  test.each<[string, string, Record<string, string>]>([
    ['a token', '{ token: "t1" }', { authorization: 'Bearer t1' }],
    [
      'a name and a password',
      '{ username: "ann", password: "pw" }',
      { authorization: `Basic ${Buffer.from('ann:pw').toString('base64')}` },
    ],
    [
      'impersonation',
      '{ token: "t1", as: "system:serviceaccount:a:b" }',
      { authorization: 'Bearer t1', 'impersonate-user': 'system:serviceaccount:a:b' },
    ],
    ['nothing', '{}', {}],
  ])('credentials: %s, over https and http alike', async (_, user, headers) => {
    for (const server of ['https://127.0.0.1:1', 'http://127.0.0.1:1']) {
      const access = loadCluster({ kubeconfig: file(config({ user, server })) });
      expect((await access.credentials()).headers).toEqual(headers);
    }
  });

  test('a plugin runs once for requests side by side, and again after a refusal', async () => {
    const counter = join(dir, 'runs');
    const plugin = file(
      `#!/bin/sh\necho x >> ${counter}\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$(wc -l < ${counter} | tr -d ' ')'"}}'\n`,
    );
    const user = `{ exec: { apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ["${plugin}"] } }`;
    const access = loadCluster({ kubeconfig: file(config({ user })) });
    const both = await Promise.all([access.credentials(), access.credentials()]);
    expect(both.map((one) => one.headers.authorization)).toEqual(['Bearer t1', 'Bearer t1']);
    expect((await access.credentials()).headers.authorization).toBe('Bearer t1');
    access.rejected();
    expect((await access.credentials()).headers.authorization).toBe('Bearer t2');
  });
});

test.each([
  ['arn:aws:eks:eu-west-1:123:cluster/shop', 'arn-aws-eks-eu-west-1-123-cluster-shop'],
  ['kubernetes-admin@kubernetes', 'kubernetes-admin-kubernetes'],
  ['//', 'cluster'],
  [`${'x'.repeat(150)}-end`, `${'x'.repeat(96)}-end`],
])('the context %s makes the cluster name %s', (context, name) => {
  expect(clusterNameOf(context)).toBe(name);
  expect(name).toMatch(CLUSTER_NAME);
});
