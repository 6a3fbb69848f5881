import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { main } from './main.ts';

let out: MockInstance<typeof process.stdout.write>;
let err: MockInstance<typeof process.stderr.write>;
const said = (stream: MockInstance<typeof process.stdout.write>): string => stream.mock.calls.map(String).join('');

beforeEach(() => {
  out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const COMMANDS = ['up', 'agent', 'processors', 'api', 'import', 'store', 'migrate', 'engine', 'demo', 'run', 'check'];

describe('the command line', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists its commands for %j', async (args: string[]) => {
    expect(await main(args)).toBe(0);
    const listed = [...said(out).matchAll(/^ {2}(\w+) {2,}\S/gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== 'tidemark').toSorted()).toEqual(COMMANDS.toSorted());
  });

  it.each(COMMANDS)('has help for %s, and does not run it', async (name) => {
    expect(await main([name, '--help'])).toBe(0);
    expect(said(out)).toMatch(new RegExp(`^tidemark ${name}\\b`));
  });

  it.each([
    ['an unknown command', ['upp'], {}, /there is no command 'upp'/],
    ['an unknown option', ['up', '--contxt', 'a'], {}, /--contxt.*see --help/],
    ['a bad setting', ['api'], { TIDEMARK_API_PORT: 'http' }, /TIDEMARK_API_PORT: must be a number/],
    ['a setting that does not exist', ['migrate'], { TIDEMARK_API_PROT: '1' }, /TIDEMARK_API_PROT: no such setting/],
    ['a bad number of days', ['demo', '--days', 'ten'], {}, /--days takes a whole number/],
  ])('answers 2 to %s', async (_, args, env, words) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(await main(args)).toBe(2);
    expect(said(err)).toMatch(words);
  });
});

describe('the README', () => {
  it('names only commands and options that there are', async () => {
    const text = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
    const calls = [...text.matchAll(/node tidemark\.ts (\w+)([^#\n]*)/g)];
    expect(calls.length).toBeGreaterThan(3);
    for (const [, name = '', rest = ''] of calls) {
      out.mockClear();
      expect(await main([name, '--help'])).toBe(0);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(said(out)).toContain(option);
    }
  });
});
