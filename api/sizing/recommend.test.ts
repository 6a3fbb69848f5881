import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.ts';
import { judge } from './judge.ts';
import { DEFAULT_SIZING, type SizingOptions } from './options.ts';
import { ceilCpu, ceilMemory, cpuQuantity, memoryQuantity, MIB } from './quantity.ts';
import { asking, container, evidence, spread } from './testing/evidence.ts';

const plans = (given: Evidence, options: Partial<SizingOptions> = {}) =>
  judge(given, { ...DEFAULT_SIZING, ...options });

it.each([
  [0, 0.01],
  [0.001, 0.01],
  [0.01, 0.01],
  [0.0101, 0.02],
  [0.115, 0.12],
  [0.3, 0.3],
  [0.1 * 3, 0.3],
  [0.999, 1],
  [1, 1],
  [1.001, 1.05],
  [1.15, 1.15],
  [2.02, 2.05],
])('rounds %d cores up to %d', (cores, expected) => {
  expect(ceilCpu(cores)).toBeCloseTo(expected, 12);
});

it.each([
  [0, 16],
  [1, 16],
  [16 * MIB, 16],
  [16 * MIB + 1, 32],
  [100 * MIB * 1.15, 128],
])('rounds %d bytes up to %d MiB', (bytes, expected) => {
  expect(ceilMemory(bytes)).toBe(expected * MIB);
});

it('writes quantities as Kubernetes does', () => {
  expect([0.01, 0.25, 1, 1.55, 12].map(cpuQuantity)).toEqual(['10m', '250m', '1', '1550m', '12']);
  expect([16, 1024, 1536].map((mib) => memoryQuantity(mib * MIB))).toEqual(['16Mi', '1024Mi', '1536Mi']);
});

describe('CPU', () => {
  it('is the 95th percentile and 15 %, without a limit', () => {
    expect(plans(evidence({ cpu: spread(0.5, { p99: 2, max: 3 }) })).cpu).toMatchObject({
      request: 0.58,
      change: 'none',
    });
    expect(plans(evidence({ cpu: spread(0) })).cpu.request).toBe(0.01);
  });

  it('takes a limit away, or keeps its proportion, never below what was used', () => {
    const given = asking('cpu', { request: 1, limit: 3 }, evidence({ cpu: spread(0.2, { max: 0.4 }) }));
    expect(plans(given).cpu).toMatchObject({ request: 0.23, limit: null, change: 'remove' });
    expect(plans(given, { cpu_limits: 'keep' }).cpu).toMatchObject({ limit: 0.69, change: 'set' });
    const peak = { ...given, cpu: spread(0.2, { max: 2 }) };
    expect(plans(peak, { cpu_limits: 'keep' }).cpu.limit).toBe(2.3);
  });

  it('raises a limit that throttles', () => {
    const given = asking('cpu', { request: 1, limit: 1 }, evidence({ cpu: spread(0.2, { max: 1 }), throttled: 0.3 }));
    expect(plans(given, { cpu_limits: 'keep' }).cpu).toMatchObject({ limit: 1.5, change: 'set' });
    expect(plans(given).cpu.change).toBe('remove');
  });

  it('asks for no less where an autoscaler has no replicas left', () => {
    const autoscaler = { name: 'a', minReplicas: 1, maxReplicas: 4, cpuTargetPercent: 50, memoryTargetPercent: null };
    const given = asking('cpu', { request: 1 }, evidence({ cpu: spread(0.8), autoscaler, podsWhileThere: 4 }));
    expect(plans(given).cpu.request).toBe(1);
  });
});

describe('memory', () => {
  const used = spread(100 * MIB, { p99: 200 * MIB, max: 300 * MIB });

  it('is the 99th percentile and 15 %, with a limit 20 % above the most', () => {
    const { memory } = plans(asking('memory', { request: 1024 * MIB, limit: 2048 * MIB }, evidence({ memory: used })));
    expect(memory).toMatchObject({ request: 240 * MIB, limit: 368 * MIB, change: 'set' });
  });

  it.each([
    ['above the limit at the kill', 400, 608],
    ['as use asks for where that is more', 100, 368],
  ])('has a limit %s', (_what, limitMib, expected) => {
    const oom = { kills: 1, lastMs: 0, container: '', limitBytes: limitMib * MIB };
    expect(plans(evidence({ memory: used, oom })).memory.limit).toBe(expected * MIB);
  });

  it('goes by use where the limit at the kill is not known', () => {
    const oom = { kills: 1, lastMs: 0, container: '', limitBytes: null };
    expect(plans(evidence({ memory: used, oom })).memory.limit).toBe(368 * MIB);
  });
});

describe('several containers', () => {
  const app = container({
    name: 'app',
    cpu_request_cores: 0.75,
    memory_request_bytes: 768 * MIB,
    memory_limit_bytes: 1024 * MIB,
  });
  const proxy = container({
    name: 'proxy',
    kind: 'sidecar',
    cpu_request_cores: 0.25,
    memory_request_bytes: 256 * MIB,
    memory_limit_bytes: 256 * MIB,
  });
  const of = (containers: Evidence['containers'], more: Partial<Evidence> = {}) =>
    plans(evidence({ cpu: spread(0.4), memory: spread(400 * MIB), containers, ...more }));

  it('share requests in proportion', () => {
    const { cpu } = of([app, proxy]);
    expect(cpu.parts.map(({ request }) => request)).toEqual([0.35, 0.12]);
    expect(cpu.request).toBeCloseTo(0.47, 12);
  });

  it('share evenly where one has no request', () => {
    const { cpu, reasons } = of([app, { ...proxy, cpu_request_cores: null }]);
    expect(cpu.parts.map(({ request }) => request)).toEqual([0.23, 0.23]);
    expect(reasons.map(({ code }) => code)).toContain('shared-evenly');
  });

  it('keep a memory limit that was enough, and have no other below what the pod used', () => {
    expect(of([app, proxy]).memory.parts.map(({ limit }) => limit)).toEqual([480 * MIB, 256 * MIB]);
    expect(of([app, { ...proxy, memory_limit_bytes: null }]).memory.parts[1]).toMatchObject({
      limit: 480 * MIB,
      change: 'set',
    });
  });

  it('raise that of the one that was killed', () => {
    const oom = { kills: 1, lastMs: 0, container: 'proxy', limitBytes: 256 * MIB };
    expect(of([app, proxy], { oom }).memory.parts.map(({ limit }) => limit)).toEqual([480 * MIB, 384 * MIB]);
  });

  it('leave init containers out, which the scheduler counts all the same', () => {
    const init = container({ name: 'init', kind: 'init', cpu_request_cores: 2 });
    const { cpu } = of([app, init]);
    expect(cpu.parts.map(({ name }) => name)).toEqual(['app']);
    expect(cpu.request).toBe(2);
  });
});

describe('GPUs', () => {
  it.each([
    [4, 0.05, 1],
    [1, 0.05, 1],
    [4, 0.1, 4],
    [4, null, null],
    [null, 0.05, null],
  ])('%d at %d: %d', (request, p95, expected) => {
    expect(plans(asking('gpu', { request, limit: request }, evidence({ gpu: spread(p95) }))).gpu.request).toBe(
      expected,
    );
  });
});
