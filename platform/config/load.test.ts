import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { loadConfig, settingsOf } from './load.ts';

const closed = { additionalProperties: false } as const;
const schema = Type.Object(
  {
    data_dir: Type.String({ default: '.tidemark' }),
    log_level: Type.Enum(['debug', 'info'], { default: 'info' }),
    api: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65535, default: 8080 }),
      },
      { ...closed, default: {} },
    ),
    kafka: Type.Object({ brokers: Type.Array(Type.String(), { default: [] }) }, { ...closed, default: {} }),
    clickhouse: Type.Object({ url: Type.Optional(Type.String()) }, { ...closed, default: {} }),
    clusters: Type.Array(Type.Object({ name: Type.String() }), { default: [] }),
    rules: Type.Object(
      { 'job-old': Type.Object({ minutes: Type.Number({ default: 5 }) }, { default: {} }) },
      { default: {} },
    ),
    demo: Type.Boolean({ default: false }),
  },
  closed,
);

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
};
const problemsOf = (source: Parameters<typeof loadConfig>[1]): string[] => {
  try {
    loadConfig(schema, source);
  } catch (error) {
    if (error instanceof AppError) return error.details['problems'] as string[];
  }
  throw new Error('the configuration was taken');
};

describe('loadConfig', () => {
  it('fills defaults, and freezes to the depth', () => {
    const config = loadConfig(schema, { env: {} });
    expect(config).toMatchObject({
      data_dir: '.tidemark',
      api: { host: '127.0.0.1', port: 8080 },
      kafka: { brokers: [] },
    });
    expect(() => Object.assign(config.api, { port: 1 })).toThrow(TypeError);
  });

  it('lists every problem, however many', () => {
    const wrong = Array.from({ length: 12 }, (_, index) => `{name: ${index}}`);
    const problems = problemsOf({ file: file(`clusters: [${wrong.join(', ')}]\napi: {port: eighty}\n`), env: {} });
    expect(problems).toHaveLength(13);
    expect(problems).toContain('api.port: must be integer');
  });

  it('reads the file, and the environment over it', () => {
    const config = loadConfig(schema, {
      file: file('api: {host: 0.0.0.0, port: 9000}\nclusters: [{name: a}]\n'),
      env: { TIDEMARK_API_PORT: '9001', TIDEMARK_KAFKA_BROKERS: 'a:1, b:2', TIDEMARK_DEMO: 'true', PATH: '/bin' },
    });
    expect(config).toMatchObject({
      api: { host: '0.0.0.0', port: 9001 },
      kafka: { brokers: ['a:1', 'b:2'] },
      demo: true,
    });
    expect(config.clusters).toEqual([{ name: 'a' }]);
  });

  it('takes lists of objects as JSON', () => {
    expect(loadConfig(schema, { env: { TIDEMARK_CLUSTERS: '[{"name":"x"}]' } }).clusters).toEqual([{ name: 'x' }]);
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({
      file: file('api: {port: 70000, prot: 1}\nlog_level: loud\nclusters: [{name: a, nmae: b}]\n'),
      env: { TIDEMARK_DEMO: 'yes', TIDEMARK_RULES_JOB_OLD_MINUTES: 'x', TIDEMARK_API_HSOT: 'x' },
    }).join('\n');
    for (const part of [
      'api.port',
      'api.prot: no such setting',
      'clusters.0.nmae: no such setting',
      'log_level',
      'TIDEMARK_DEMO',
      'TIDEMARK_RULES_JOB_OLD_MINUTES',
      'TIDEMARK_API_HSOT',
    ]) {
      expect(problems).toContain(part);
    }
  });

  it.each([
    ['a missing file', join(folder, 'absent.yaml'), 'cannot be read'],
    ['broken YAML', file('api: [1\n'), 'yaml'],
    ['a list', file('- 1\n'), 'must be a map'],
  ])('names %s', (_what, path, message) => {
    expect(problemsOf({ file: path, env: {} }).join('\n')).toContain(message);
  });

  it('gives each setting a variable', () => {
    expect(settingsOf(schema).map((setting) => setting.variable)).toContain('TIDEMARK_CLICKHOUSE_URL');
  });
});
