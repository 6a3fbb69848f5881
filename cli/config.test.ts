import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { settingsOf } from '../platform/config/load.ts';
import { ConfigSchema, readConfig } from './config.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '..', 'docs', 'configuration.md'), 'utf8');
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** The configuration of a file with this text, and of these variables. */
function configOf(yaml: string, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
  folders.push(folder);
  const file = join(folder, 'tidemark.yaml');
  writeFileSync(file, yaml);
  return readConfig({ ...env, TIDEMARK_CONFIG: file });
}

describe('the configuration', () => {
  it('without anything is embedded, on loopback and in .tidemark', () => {
    const config = readConfig({ PATH: '/bin' });
    expect(config.data_dir).toBe('.tidemark');
    expect(config.kafka.brokers).toEqual([]);
    expect(config.clickhouse.url).toBeUndefined();
    expect(config.api).toEqual({ host: '127.0.0.1', port: 8080, allowed_hosts: [] });
    expect(config.exceptions.stuck.minutes).toBe(5);
    expect(config.exceptions.rules.startup).toEqual({ enabled: true, clusters: [], namespaces: [], minutes: 5 });
  });

  it('takes variables over the file', () => {
    const config = configOf('api: { port: 9000, host: localhost }', {
      TIDEMARK_API_PORT: '9001',
      TIDEMARK_EXCEPTIONS_RULES_JOB_OLD_ENABLED: 'false',
    });
    expect(config.api).toMatchObject({ port: 9001, host: 'localhost' });
    expect(config.exceptions.rules['job-old'].enabled).toBe(false);
  });

  it('lists every bad key and variable at once', () => {
    const env = { TIDEMARK_API_HSOT: 'x', TIDEMARK_AGENT_METRICS_PORT: '70000' };
    const read = () => configOf('exceptions: { rules: { start-up: { minutes: 1 } } }', env);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(
          /3 problem[^]*TIDEMARK_API_HSOT[^]*exceptions\.rules\.start-up[^]*agent\.metrics_port/,
        ) as string,
      }),
    );
  });
});

describe('docs/configuration.md', () => {
  const settings = settingsOf(ConfigSchema);
  /** The variables that stand first in a row of a table, with the row. */
  const rows = new Map(
    [...DOCUMENT.matchAll(/^\| `[^`]+`\s*\| `(TIDEMARK_\w+)`\s*\|.*$/gm)].map(([row, variable]) => [variable, row]),
  );

  it('has a row for every setting, and for nothing else', () => {
    expect([...rows.keys()].toSorted()).toEqual(settings.map(({ variable }) => variable).toSorted());
  });

  it.each(settings.map(({ variable, schema }) => [variable, schema] as const))('tells of %s', (variable, schema) => {
    const { default: value, description = '' } = schema as { default?: unknown; description?: string };
    expect(description).not.toBe('');
    expect(rows.get(variable)).toContain(description);
    const plain = ['string', 'number', 'boolean'].includes(typeof value) && value !== '';
    expect(rows.get(variable)).toContain(plain ? `\`${String(value)}\`` : variable);
  });

  it('shows an example that loads', () => {
    const yaml = /```yaml\n([^]*?)```/.exec(DOCUMENT)?.[1] ?? '';
    const config = configOf(yaml);
    expect(config.clusters.map(({ name }) => name)).toEqual(['prod-eu', 'prod-us']);
    expect(config.exceptions.rules.startup).toEqual({
      enabled: true,
      clusters: [],
      namespaces: ['batch'],
      minutes: 10,
    });
    expect(config.exceptions.rules.name.map(({ contains }) => contains)).toEqual([['istio-proxy'], ['load-test']]);
  });
});
