import { expect, test } from 'vitest';
import { checkCommand, pipelineCommands, shellWord, startCommand } from './commands.ts';

const ALL = { clusters: [], namespaces: [], workloads: [] };

test.each([
  ['load-1', 'load-1'],
  ['Deployment/web', 'Deployment/web'],
  ['shop-*', "'shop-*'"],
  ['two words', "'two words'"],
  ["it's $HOME", String.raw`'it'\''s $HOME'`],
  ['压测', "'压测'"],
])('a shell is given %s as %s', (text, word) => expect(shellWord(text)).toBe(word));

test('a run is begun about what it was about, under a name that is taken for no option', () => {
  expect(startCommand('load-1', ALL)).toBe('tidemark run start load-1');
  expect(startCommand('-x', { clusters: ['staging'], namespaces: ['a', 'shop-*'], workloads: ['Job/b'] })).toBe(
    "tidemark run start --cluster staging --namespace a --namespace 'shop-*' --workload Job/b -- -x",
  );
});

test('a check names its thresholds as options', () => {
  expect(checkCommand('after', { max_memory_ratio: 0.9, max_outages: 1 }, 'before it')).toBe(
    "tidemark check --run=after --baseline='before it' --max-memory-ratio 0.9 --max-outages 1 --wait-imports 180 --junit report.xml",
  );
});

test('a pipeline has them in their order', () => {
  expect(pipelineCommands('x', ALL, { thresholds: {}, baseline: '' }).split('\n')).toEqual([
    'tidemark run start x',
    '# …',
    'tidemark run stop x',
    'tidemark check --run=x --wait-imports 180 --junit report.xml',
  ]);
});
