import { describe, expect, it } from 'vitest';
import { capacityScale, nodesOf, toldOf } from './capacity.ts';
import type { Capacity, NodeCapacity } from './sizing-api.ts';

const NOTHING: Capacity = {
  allocatable: null,
  requests: null,
  limits: null,
  avg: null,
  max: null,
  p95: null,
  requests_ratio: null,
  limits_ratio: null,
  idle: null,
};
const node = (name: string, cpu: number | null, memory: number | null, cluster = 'east'): NodeCapacity => ({
  cluster,
  node: name,
  unschedulable: false,
  pods: 1,
  cpu: { ...NOTHING, requests_ratio: cpu },
  memory: { ...NOTHING, requests_ratio: memory },
  gpu: NOTHING,
});

describe('capacity', () => {
  it('has a scale to what can be allocated, or to what lies beyond it', () => {
    expect(capacityScale({ ...NOTHING, allocatable: 10, requests: 5, limits: 8, avg: 1 })).toEqual({
      allocatable: 1,
      avg: 0.1,
      requests: 0.5,
      limits: 0.8,
    });
    expect(capacityScale({ ...NOTHING, allocatable: 10, limits: 20 })).toEqual({
      allocatable: 0.5,
      avg: null,
      requests: null,
      limits: 1,
    });
  });
  it('has none where it is not known what there is', () => {
    expect(capacityScale({ ...NOTHING, requests: 5 })).toBeNull();
    expect(capacityScale({ ...NOTHING, allocatable: 0 })).toBeNull();
  });
  it('tells of GPUs where there are some, or some are asked for', () => {
    expect(toldOf({ cpu: NOTHING, memory: NOTHING, gpu: { ...NOTHING, allocatable: 0 } })).toEqual(['cpu', 'memory']);
    expect(toldOf({ cpu: NOTHING, memory: NOTHING, gpu: { ...NOTHING, requests: 1 } })).toContain('gpu');
  });
  it('lists the nodes of one cluster, the fullest first and the unknown last', () => {
    const nodes = [
      node('a', 0.1, 0.2),
      node('b', null, null),
      node('c', 0.3, 0.9),
      node('d', 0.95, 0.1),
      node('e', 1, 1, 'west'),
    ];
    expect(nodesOf(nodes, 'east').map((one) => one.node)).toEqual(['d', 'c', 'a', 'b']);
  });
});
