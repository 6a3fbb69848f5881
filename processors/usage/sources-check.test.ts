import { expect, it } from 'vitest';
import { resourceOptions } from '../journal/resources/options.ts';
import { usageOptions } from './options.ts';
import { usageProblems } from './sources-check.ts';

const { gpu_resources: GPUS } = resourceOptions();
const server = { cluster: 'c', url: 'http://prometheus:9090' };
const memory = { metric: 'gpu_used_vram' };

it('finds nothing wrong where nothing is', () => {
  const measures = { cpu_cores: 'off', gpu_memory_bytes: 'amd', memory_bytes: { expression: 'up' } };
  const given = { prometheus: [{ ...server, measures }], gpu: [{ name: 'amd', memory }] };
  expect(usageProblems(usageOptions(), GPUS)).toEqual([]);
  expect(usageProblems(usageOptions(given), GPUS)).toEqual([]);
});

it('names all that is wrong', () => {
  const given = {
    prometheus: [server, { ...server, username: 'u', token: 'secret', measures: { cpu_cores: 'amd', gpus: 'off' } }],
    gpu: [{ name: 'dcgm', memory }, { name: 'amd', memory }, { name: 'amd' }],
  };
  const problems = usageProblems(usageOptions(given), GPUS);
  expect(problems).toEqual([
    'usage.gpu: amd is there twice',
    'usage.gpu: dcgm is the name of a known source',
    'usage.gpu: amd has neither utilisation nor memory',
    'usage.prometheus: the cluster c is there twice',
    "usage.prometheus: c and c share a server: their matchers must differ in a label's value",
    'usage.prometheus.1.username and token: give one of them',
    expect.stringMatching(/^usage\.prometheus\.1\.measures\.cpu_cores: no source amd \(/),
    expect.stringMatching(/^usage\.prometheus\.1\.measures\.gpus: no such measure/),
  ]);
});

it.each([
  ['tenants', { headers: { 'X-Scope-OrgID': 'a' } }, { headers: { 'x-scope-orgid': 'b' } }, true],
  ['labels', { matchers: { cluster: 'a' } }, { matchers: { cluster: 'b', zone: 'z' } }, true],
  ['one that is not enabled', {}, { enabled: false }, true],
  ['a label that only one has', { matchers: { cluster: 'a' } }, { matchers: { zone: 'z' } }, false],
  ['nothing', {}, { url: 'http://prometheus:9090/' }, false],
])('clusters that share a server are told apart by %s: %o %o', (_, one, other, apart) => {
  const prometheus = [
    { ...server, ...one },
    { ...server, cluster: 'd', ...other },
  ];
  expect(usageProblems(usageOptions({ prometheus }), GPUS)).toEqual(
    apart ? [] : ["usage.prometheus: c and d share a server: their matchers must differ in a label's value"],
  );
});
