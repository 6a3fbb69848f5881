import { expect, it } from 'vitest';
import type { ContainerSpec, PodObject } from '../../../schemas/objects.ts';
import { createRedactor } from '../redact.ts';
import { DEFAULT_ANNOTATIONS } from './metadata.ts';
import { createProjector } from './projector.ts';

const project = createProjector({
  redact: createRedactor({ extra: [] }),
  envHashKey: 'key',
  annotations: { allow: DEFAULT_ANNOTATIONS },
});
/** A container's spec as it is recorded. */
const recorded = (container: object): ContainerSpec | undefined => {
  const raw = { spec: { containers: [{ name: 'a', ...container }] } };
  return (project({ kind: 'pod', apiVersion: 'v1', apiKind: '' }, raw) as PodObject).spec?.containers?.[0];
};

it.each([
  ['--db-password', true],
  ['--account-key', true],
  ['--pass', true],
  ['--redis-pass', true],
  ['-token', true],
  ['--bypass', false],
  ['--token-ttl', false],
  ['--key-file', false],
])('what follows a bare %s is masked: %j', (flag, masked) => {
  expect(recorded({ args: [flag, 'Zm9v/bar=='] })).toMatchObject({
    args: [flag, masked ? '[redacted:argument]' : 'Zm9v/bar=='],
  });
});

it.each([
  ['a flag that ends the command', { command: ['app', '--password'], args: ['hunter2', '-v'] }, '[redacted:argument]'],
  ["curl's user", { args: ['-u', 'bob:hunter2'] }, 'bob:[redacted:password]'],
  ['the password of Redis', { args: ['--requirepass', 'hunter2'] }, '[redacted:argument]'],
])('%s hides what follows', (_what, given, shown) => {
  const spec = recorded(given);
  expect(JSON.stringify(spec)).not.toContain('hunter2');
  expect(spec?.args).toContain(shown);
});

it('a user and a group after -u are none', () => {
  expect(recorded({ args: ['-u', '1000:1000'] })?.args).toEqual(['-u', '1000:1000']);
});
