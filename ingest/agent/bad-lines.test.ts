import { expect, test } from 'vitest';
import Value from 'typebox/value';
import { DeadLetterObject } from '../../schemas/objects.ts';
import { badLineDraft } from './bad-lines.ts';
import { createRedactor } from './redact.ts';
import { SOURCES } from './sources.ts';

const redact = createRedactor({ extra: [] });
const pods = { source: SOURCES.find(({ name }) => name === 'pod')!, namespace: 'shop' };
const kept = (head: string) => badLineDraft(pods, { reason: 'truncated', bytes: head.length, head }, redact).object;

test('a line that could not be read is kept with its source, its size and its head', () => {
  const object = kept('{"type":"MODIFIED","object":{"metadata":{"name":"api-1"');
  expect(Value.Check(DeadLetterObject, object)).toBe(true);
  expect(object).toEqual({
    reason: 'watch_line_truncated',
    message: 'a watch line of pod in shop of 55 bytes: truncated',
    value: '{"type":"MODIFIED","object":{"metadata":{"name":"api-1"',
  });
});

const applied = JSON.stringify(JSON.stringify({ env: [{ name: 'A', value: 'hunter2' }] }));
test.each([
  ['an environment value', '{"env":[{"name":"A","value":"hunter2"},{"name":"B"'],
  ['an environment value that is cut', '{"env":[{"name":"A","value":"hunter2'],
  ['an environment value with quotes', String.raw`{"env":[{"name":"A","value":"a\"hunter2","name":"B"`],
  ['an argument', '{"args":["--db-password","hunter2"],"name":"B"'],
  ['an argument with a bracket', '{"command":["]","hunter2"],"name":"B"'],
  ['an argument that is cut', '{"args":["--token", "hunter2'],
  ["a hook's command", '{"preStop":{"exec":{"command":["x","hunter2"]}},"name":"B"'],
  ["a volume's attributes", '{"csi":{"driver":"d","volumeAttributes":{"k":"hunter2"}},"name":"B"'],
  ["a volume's options", '{"flexVolume":{"options":{"k":"hunter2"}},"name":"B"'],
  ['an annotation', '{"annotations":{"note":"} hunter2"},"name":"B"'],
  ['the last applied configuration', `{"kubectl.kubernetes.io/last-applied-configuration":${applied},"name":"B"`],
  ['an object quoted in another', `{"message":${applied},"name":"B"`],
  ['a token', '{"message":"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2hunter2aaa"'],
])('%s does not stay in it', (_, head) => {
  expect(kept(head).value).not.toContain('hunter2');
});

test('no more than 4,096 characters of it', () => {
  expect(String(kept('x'.repeat(60_000)).value)).toHaveLength(4096);
});
