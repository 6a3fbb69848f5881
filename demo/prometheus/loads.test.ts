import { describe, expect, it } from 'vitest';
import type { Scope } from './family.ts';
import { labelOf } from './matchers.ts';
import { evaluate } from './promql/evaluate.ts';
import { parse } from './promql/parse.ts';
import { select } from './select.ts';
import { eu, found, FROM, HOUR, MIB, NOW, podsOf, staging, us, type Condition } from './testing/day.ts';

/** The greatest value of each line of a query over the day. */
function peaks(scope: Scope, query: string, from = FROM): number[] {
  const result = evaluate(parse(query), { from, to: NOW, stepMs: 60_000 }, (...asked) => select(scope, ...asked));
  if (typeof result === 'number') return [result];
  return result.map(({ values }) => Math.max(...values.flatMap((value) => value ?? [])));
}

describe('loads', () => {
  const memoryOf = (app: string) => `max by (pod) (container_memory_working_set_bytes{container="${app}"})`;
  const cpuOf = (app: string) => `sum by (pod) (irate(container_cpu_usage_seconds_total{container="${app}"}[2m]))`;

  it('leave much of what is over-provisioned, and need more than what is under-provisioned', () => {
    expect(Math.max(...peaks(eu, cpuOf('price-export')))).toBeLessThan(1.2);
    expect(Math.max(...peaks(eu, memoryOf('price-export')))).toBeLessThan(2_000 * MIB);
    expect(Math.min(...peaks(eu, cpuOf('session-store')))).toBeGreaterThan(0.8);
    expect(Math.max(...peaks(eu, cpuOf('session-store')))).toBeLessThan(2);
    expect(Math.max(...peaks(eu, memoryOf('session-store')))).toBeGreaterThan(1_000 * MIB);
  });

  it('stay below their limits, throttled where they reach them', () => {
    const throttled =
      'sum by (pod) (irate(container_cpu_cfs_throttled_periods_total[2m])) / sum by (pod) (irate(container_cpu_cfs_periods_total[2m]))';
    const share = peaks(eu, throttled).toSorted((a, b) => a - b);
    expect(share.at(-1)).toBeGreaterThan(0.6);
    expect(share.at(-1)).toBeLessThanOrEqual(1);
    expect(share[0]).toBe(0);
    // The start itself costs more than the limit would let it.
    const settled = peaks(eu, cpuOf('statement-pdf'), NOW - 4 * HOUR);
    expect(Math.max(...settled)).toBeLessThan(0.6);
    expect(Math.max(...settled)).toBeGreaterThan(0.42);
  });

  it('climb to the limit before they are killed for it', () => {
    const lives = podsOf(eu, 'risk-report').flatMap((pod) =>
      pod.containers.flatMap((each) => each.lives.map((life) => ({ pod, life }))),
    );
    const killed = lives.filter(({ life }) => life.ending === 'oom' && (life.finishedAt ?? 0) > FROM);
    expect(killed.length).toBeGreaterThan(2);
    for (const { pod, life } of killed) {
      const end = life.finishedAt as number;
      const values = found(
        eu,
        'container_memory_working_set_bytes',
        ['pod', '=', pod.name],
        ['container', '=', 'risk-report'],
      ).flatMap(({ read }) => read(end - 120_000, end - 1).values.filter((value) => !Number.isNaN(value)));
      expect(Math.max(...values)).toBeGreaterThan(0.97 * 1024 * MIB);
      expect(Math.max(...values)).toBeLessThan(1024 * MIB);
    }
  });

  it('climb before any other death for want of memory in the past', () => {
    const kills = eu.cluster.lives
      .between(FROM, NOW)
      .flatMap((pod) =>
        pod.containers.flatMap(({ name, spec, lives }) => lives.map((life) => ({ pod, name, spec, life }))),
      )
      .filter(
        ({ pod, life }) => !pod.app.fate && life.ending === 'oom' && (life.finishedAt ?? 0) - life.startedAt > HOUR,
      );
    expect(kills.length).toBeGreaterThan(0);
    for (const { pod, name, life } of kills) {
      const end = life.finishedAt as number;
      const values = found(
        eu,
        'container_memory_working_set_bytes',
        ['pod', '=', pod.name],
        ['container', '=', name],
      ).flatMap(({ read }) => read(end - 60_000, end - 1).values);
      expect(Math.max(...values)).toBeGreaterThan(0.95 * pod.app.memoryMi * MIB);
    }
  });

  it('follow the day where an autoscaler does', () => {
    const counts = evaluate(
      parse('count(kube_pod_info{pod=~"quote-api-.*"})'),
      { from: FROM, to: NOW, stepMs: HOUR },
      (...asked) => select(eu, ...asked),
    );
    if (typeof counts === 'number') throw new Error('no vector');
    const replicas = counts[0]?.values.flatMap((value) => value ?? []) ?? [];
    expect(Math.min(...replicas)).toBe(3);
    expect(Math.max(...replicas)).toBeGreaterThanOrEqual(7);
    const [busiest] = peaks(
      eu,
      'avg(sum by (pod) (rate(container_cpu_usage_seconds_total{container="quote-api"}[10m])))',
      NOW - HOUR,
    );
    expect(busiest).toBeGreaterThan(0.27);
    expect(busiest).toBeLessThan(0.36);
    expect(eu.cluster.list('hpa').map(({ metadata }) => metadata.name)).toContain('quote-api');
  });

  it('are too young in one case', () => {
    const born = podsOf(eu, 'gift-finder').map(({ createdAt }) => createdAt);
    expect(born.length).toBeGreaterThan(0);
    expect(Math.min(...born)).toBeGreaterThan(NOW - HOUR);
  });

  it('have nothing set in one case, and no limit in another', () => {
    const set = (app: string, sort: string) =>
      found(eu, `kube_pod_container_resource_${sort}`, ['container', '=', app]).length;
    expect([set('banner-ads', 'requests'), set('banner-ads', 'limits')]).toEqual([0, 0]);
    expect(set('route-planner', 'requests')).toBeGreaterThan(0);
    expect(set('route-planner', 'limits')).toBe(0);
  });

  it('use GPUs on nodes that have some', () => {
    const pods = podsOf(eu, 'image-embedding');
    const withGpus = eu.cluster
      .list('node')
      .filter((node) => (node['status'] as { allocatable: Record<string, string> }).allocatable['nvidia.com/gpu'])
      .map(({ metadata }) => metadata.name);
    expect(withGpus).toHaveLength(2);
    expect(pods.every(({ node }) => withGpus.includes(node ?? ''))).toBe(true);
  });

  it('use a GPU for some minutes of a day', () => {
    const [pod] = podsOf(eu, 'taste-training');
    const [life] = pod?.containers[0]?.lives ?? [];
    const minutes = ((life?.finishedAt ?? 0) - (life?.startedAt ?? 0)) / 60_000;
    expect(minutes).toBeGreaterThan(15);
    expect(minutes).toBeLessThan(45);
    const series = found(eu, 'DCGM_FI_DEV_GPU_UTIL').filter(({ labels }) =>
      [labelOf(labels, 'pod'), labelOf(labels, 'exported_pod')].includes(pod?.name ?? '-'),
    );
    expect(series).toHaveLength(1);
    expect(
      Math.max(...(series[0]?.read(FROM, NOW).values.filter((value) => !Number.isNaN(value)) ?? [])),
    ).toBeGreaterThan(80);
  });
});

describe('names', () => {
  const nameCount = (scope: Scope, ...metrics: string[]) => metrics.map((metric) => found(scope, metric).length > 0);

  it('are of today, with DCGM, in prod-eu', () => {
    expect(nameCount(eu, 'DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_FB_USED', 'container_gpu_utilization')).toEqual([
      true,
      true,
      false,
    ]);
    const [gpu] = found(eu, 'DCGM_FI_DEV_GPU_UTIL', ['exported_pod', '!=', '']);
    expect(gpu && labelOf(gpu.labels, 'exported_pod')).toMatch(/^image-embedding-/);
    expect(gpu && labelOf(gpu.labels, 'pod')).toMatch(/^nvidia-dcgm-exporter-/);
  });

  it('are the pods own on one of the nodes with GPUs, and exported on the other', () => {
    const nodesOf = (...more: Condition[]) => [
      ...new Set(found(eu, 'DCGM_FI_DEV_FB_USED', ...more).map(({ labels }) => labelOf(labels, 'Hostname'))),
    ];
    expect(nodesOf(['exported_pod', '=', ''], ['pod', '=~', 'image-embedding-.*'])).toEqual(['prod-eu-node-08']);
    expect(nodesOf(['exported_pod', '=~', 'image-embedding-.*'])).toEqual(['prod-eu-node-07']);
  });

  it('have GPUs of containers in prod-us, and no ids', () => {
    expect(nameCount(us, 'container_gpu_utilization', 'container_gpu_memory_total', 'DCGM_FI_DEV_GPU_UTIL')).toEqual([
      true,
      true,
      false,
    ]);
    expect(found(us, 'container_gpu_utilization').every(({ labels }) => labelOf(labels, 'pod_name') !== '')).toBe(true);
    expect(found(us, 'container_cpu_usage_seconds_total', ['id', '!=', '']).length).toBe(0);
  });

  it('are of old in staging', () => {
    expect(
      nameCount(
        staging,
        'kube_pod_container_resource_requests',
        'container_cpu_cores_request',
        'container_memory_bytes_limit',
      ),
    ).toEqual([false, true, true]);
    expect(found(staging, 'container_cpu_usage_seconds_total', ['pod', '!=', '']).length).toBe(0);
    expect(
      found(staging, 'container_cpu_usage_seconds_total', ['pod_name', '!=', ''], ['container_name', '!=', '']).length,
    ).toBeGreaterThan(50);
    expect(
      found(staging, 'container_network_receive_bytes_total', ['container_name', '=', 'POD']).length,
    ).toBeGreaterThan(50);
  });
});
