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
    'usage.prometheus.1.username and token: give one of them',
    expect.stringMatching(/^usage\.prometheus\.1\.measures\.cpu_cores: no source amd \(/),
    expect.stringMatching(/^usage\.prometheus\.1\.measures\.gpus: no such measure/),
  ]);
});
