import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { createTools } from './tools.ts';

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-tools-'))));
afterAll(() => rmSync(dir, { recursive: true }));

const pods = { kind: 'pod', name: 'pod', apiVersion: 'v1', apiKind: 'Pod' } as const;
const pod = {
  metadata: {
    annotations: {
      'kubernetes.io/change-cause': 'deploy 1.2.0',
      'acme.example/owner': 'web',
      'acme.example/other': 'x',
    },
  },
  spec: { containers: [{ name: 'app', env: [{ name: 'LEVEL', value: 'info' }] }] },
};

test('configured annotations are kept besides the built-in ones', () => {
  const config = readConfig({ TIDEMARK_DATA_DIR: dir });
  const { project } = createTools({ ...config, agent: { ...config.agent, annotations: ['acme.example/owner'] } });
  expect(project(pods, pod)).toMatchObject({
    metadata: { annotations: { 'kubernetes.io/change-cause': 'deploy 1.2.0', 'acme.example/owner': 'web' } },
  });
  expect(JSON.stringify(project(pods, pod))).not.toContain('acme.example/other');
});

test('the key of the environment hashes is made once, for its owner alone', () => {
  const config = readConfig({ TIDEMARK_DATA_DIR: dir });
  const first = createTools(config).project(pods, pod);
  expect(createTools(config).project(pods, pod)).toEqual(first);
  expect(statSync(join(dir, 'env-hash.key')).mode & 0o777).toBe(0o600);
});

test('an empty key is made anew: anybody could search for values behind its hashes', () => {
  const config = readConfig({ TIDEMARK_DATA_DIR: dir });
  writeFileSync(join(dir, 'env-hash.key'), '');
  createTools(config);
  expect(statSync(join(dir, 'env-hash.key')).size).toBe(64);
});
