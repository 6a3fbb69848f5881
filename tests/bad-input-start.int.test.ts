import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { claimDataDir } from '../cli/data-dir.ts';
import { freePort, runToEnd } from './road/child.ts';

const dir = mkdtempSync(join(tmpdir(), 'tidemark-start-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

const context = (name: string) => ({ name, context: { cluster: 'c', user: 'u' } });
const kubeconfig = fileOf(
  'kubeconfig',
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:9' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [context('blue'), context('green')],
    'current-context': 'blue',
  }),
);
const badConfig = fileOf('bad.yaml', 'data_dri: /tmp/x\nagent:\n  metrics_port: many\n  lease: sometimes\n');
const nowhere = { HOME: dir, TIDEMARK_DATA_DIR: join(dir, 'data'), TIDEMARK_API_PORT: '0' };

interface Case {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly code: number;
  readonly says: readonly (string | RegExp)[];
}

const cases: Record<string, Case> = {
  'no kubeconfig anywhere': {
    args: ['up'],
    code: 2,
    says: [/^tidemark up: no kubeconfig was found: give one with --kubeconfig or KUBECONFIG.*\n$/],
  },
  'a kubeconfig that does not exist': {
    args: ['up', '--kubeconfig', join(dir, 'missing')],
    code: 2,
    says: [/^tidemark up: the kubeconfig .*missing does not exist: give an existing file.*\n$/],
  },
  'a kubeconfig that is no YAML': {
    args: ['agent', '--kubeconfig', fileOf('broken', 'clusters: [\n  token: hunter2')],
    code: 2,
    says: [/^tidemark agent: the kubeconfig .*broken cannot be read: (?!.*hunter2).*\n$/],
  },
  'a context that does not exist': {
    args: ['up', '--kubeconfig', kubeconfig, '--context', 'red'],
    code: 2,
    says: [/^tidemark up: the context "red" does not exist: choose one of: blue, green\n$/],
  },
  'two clusters of one name': {
    args: ['up', '--kubeconfig', kubeconfig, '--context', 'blue', '--context', 'green=blue'],
    code: 2,
    says: [/^tidemark up: two clusters would be called 'blue': name one with --context CONTEXT=NAME\n$/],
  },
  'bad settings, all of them': {
    args: ['up'],
    env: { TIDEMARK_CONFIG: badConfig, TIDEMARK_API_PROT: '1', TIDEMARK_STORE_PORT: 'x' },
    code: 2,
    says: ['5 problem(s)', 'data_dri', 'agent.metrics_port', 'agent.lease', 'TIDEMARK_API_PROT', 'TIDEMARK_STORE_PORT'],
  },
  'an option that does not exist': { args: ['up', '--demo'], code: 2, says: ['--demo', 'see --help'] },
  'a data folder that cannot be written': {
    args: ['up', '--kubeconfig', kubeconfig],
    env: { TIDEMARK_DATA_DIR: join(kubeconfig, 'data') },
    code: 1,
    says: [/^tidemark up: the data folder .* cannot be written: .*set TIDEMARK_DATA_DIR.*\n$/],
  },
};

describe('a start that cannot be', () => {
  test.concurrent.each(Object.entries(cases))('%s', async (_, { args, env, code, says }) => {
    const ended = await runToEnd(args, { ...nowhere, ...env });
    for (const words of says) expect(ended.output).toMatch(words);
    expect(ended.code).toBe(code);
  });

  test.each(['up', 'demo'])('%s on a data folder that another one uses', async (name) => {
    const base = join(dir, 'used');
    const release = claimDataDir(name === 'demo' ? join(base, 'demo') : base);
    try {
      const args = name === 'demo' ? [name] : [name, '--kubeconfig', kubeconfig];
      const ended = await runToEnd(args, { ...nowhere, TIDEMARK_DATA_DIR: base });
      expect(ended.output).toMatch(/another tidemark uses the data folder .*used.*: stop it, or set TIDEMARK_DATA_DIR/);
      expect(ended.code).toBe(1);
    } finally {
      release();
    }
  });

  test('an agent whose port is taken says so and ends', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const env = { ...nowhere, TIDEMARK_AGENT_METRICS_PORT: String(port), TIDEMARK_AGENT_LEASE: 'off' };
      const ended = await runToEnd(['agent', '--kubeconfig', kubeconfig], env);
      expect(ended.output).toContain(`tidemark agent: cannot listen on 127.0.0.1:${port} (agent.metrics_port)`);
      expect(ended.code).toBe(2);
    } finally {
      server.close();
    }
  });
});
