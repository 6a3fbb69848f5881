import { describe, expect, it } from 'vitest';
import { MEASURE_NAMES } from '../../schemas/usage.ts';
import { resourceOptions } from '../journal/resources/options.ts';
import { createCandidates } from './measures.ts';
import { expressionOf, selectorsOf } from './measures-candidate.ts';
import { equalMatchers } from './selector.ts';

const { gpu_resources: gpuResources } = resourceOptions();
const expressions = (given: Partial<Parameters<typeof createCandidates>[0]> = {}): string[] =>
  [...createCandidates({ gpuResources, ...given }).values()]
    .flat()
    .map((each) => `${each.measure} ${each.source}: ${expressionOf(each)}`);

describe('candidates', () => {
  it('are there for each measure, in order of preference', () => {
    expect([...createCandidates({ gpuResources }).keys()].toSorted()).toEqual([...MEASURE_NAMES].toSorted());
    expect(expressions()).toMatchSnapshot();
  });

  it('have names of their own within a measure', () => {
    for (const [, candidates] of createCandidates({ gpuResources })) {
      const names = candidates.map(({ source }) => source);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('begin with the configured GPU exporters, and count the configured resources', () => {
    const told = expressions({
      gpuResources: ['amd.com/gpu', 'example.com/mig-*'],
      gpu: [
        {
          name: 'amd',
          namespace_label: 'kube_namespace',
          pod_label: 'kube_pod',
          utilisation: { metric: 'gpu_gfx_activity', matchers: { kind: 'a"b' }, scale: 0.01 },
          memory: { metric: 'gpu_used_vram', matchers: {}, scale: 1_048_576 },
        },
        { name: 'other', namespace_label: 'namespace', pod_label: 'pod' },
      ],
    });
    expect(told.find((each) => each.startsWith('gpu_utilisation'))).toBe(
      String.raw`gpu_utilisation amd: max by (kube_namespace, kube_pod) (gpu_gfx_activity{kube_pod!="",kind="a\"b"}) * 0.01`,
    );
    expect(told.find((each) => each.startsWith('gpu_memory_bytes'))).toBe(
      'gpu_memory_bytes amd: max by (kube_namespace, kube_pod) (gpu_used_vram{kube_pod!=""}) * 1048576',
    );
    expect(told.find((each) => each.startsWith('gpu_request kube_state_metrics:'))).toContain(
      'resource=~"amd_com_gpu|example_com_mig_.*"',
    );
    expect(told.some((each) => each.includes(' other:'))).toBe(false);
    expect(expressions({ gpuResources: [] }).some((each) => each.startsWith('gpu_request kube_state_metrics:'))).toBe(
      false,
    );
  });
});

describe("a cluster's matchers", () => {
  const share = createCandidates({ gpuResources }).get('cpu_throttled')![0]!;

  it('are put into every selector, as data', () => {
    const matchers = equalMatchers({ cluster: 'a"} or up{x="\\\n', tenant: '東\ud800' });
    for (const selector of selectorsOf(share, matchers)) expect(selector.slice(-2)).toEqual(matchers);
    const expression = expressionOf(share, matchers);
    const text = String.raw`,cluster="a\"} or up{x=\"\\\n",tenant="東�"}`;
    expect(expression.split(text)).toHaveLength(3);
    expect(expression.split('{')).toHaveLength(3 + 2);
  });

  it.each(['1st', 'a-b', '', 'a b', 'x="",y'])('have names that a label can have, not %o', (name) => {
    expect(() => equalMatchers({ [name]: 'v' })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('have no say in what a metric is called', () => {
    const selectors = [[{ name: '__name__', op: '=', value: 'up or x' } as const]] as const;
    expect(() => expressionOf({ ...share, reading: 'level', selectors })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });
});
