import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import type { PodLife } from '../cluster/pod-lives.ts';
import { createDemoCluster, DEMO_CLUSTERS } from '../history.ts';
import type { Scope } from './family.ts';
import { flavourOf } from './flavours.ts';
import { labelOf, matcher, type Operator } from './matchers.ts';
import { evaluate } from './promql/evaluate.ts';
import { parse } from './promql/parse.ts';
import { select } from './select.ts';
import { firstTickFrom, type Samples, type Series } from './series.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const HOUR = 3_600_000;
const FROM = NOW - 24 * HOUR;
const MIB = 1_048_576;

/** A cluster of the demo after a day; `seed` of its own where another is wanted. */
function scopeOf(name: string): Scope {
  const profile = DEMO_CLUSTERS.find((each) => each.name === name);
  if (!profile) throw new Error(`no cluster ${name}`);
  const demo = createDemoCluster({ ...profile, historyDays: 1, now: NOW, clock: new FakeClock(NOW) });
  demo.start();
  demo.cluster.stop();
  const { cluster } = demo;
  return { cluster, flavour: flavourOf(name), now: NOW, liveSince: cluster.lives.liveSince() };
}

const scopes = new Map(DEMO_CLUSTERS.map(({ name }) => [name, scopeOf(name)]));
const other = scopeOf('prod-eu');
const eu = scopes.get('prod-eu') as Scope;
const us = scopes.get('prod-us') as Scope;
const staging = scopes.get('staging') as Scope;

type Condition = readonly [name: string, operator: Operator, value: string];
const found = (scope: Scope, metric: string, ...more: Condition[]): Series[] =>
  select(scope, [matcher('__name__', '=', metric), ...more.map((each) => matcher(...each))], FROM, NOW);
const podsOf = ({ cluster }: Scope, app: string): PodLife[] =>
  cluster.lives.between(FROM, NOW).filter((pod) => pod.app.name === app);

/** The greatest value of each line of a query over the day. */
function peaks(scope: Scope, query: string, from = FROM): number[] {
  const result = evaluate(parse(query), { from, to: NOW, stepMs: 60_000 }, (...asked) => select(scope, ...asked));
  if (typeof result === 'number') return [result];
  return result.map(({ values }) => Math.max(...values.flatMap((value) => value ?? [])));
}

describe('samples', () => {
  it('are the same when asked twice, in one piece or in several, and in another simulation', () => {
    for (const metric of ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes']) {
      const series = found(eu, metric).slice(0, 60);
      const again = found(other, metric).slice(0, 60);
      const text = (samples: Samples) => JSON.stringify(samples);
      series.forEach(({ labels, read }, i) => {
        const whole = text(read(FROM, NOW));
        expect(again[i]?.labels).toEqual(labels);
        expect(again[i] && text(again[i].read(FROM, NOW))).toBe(whole);
        const [a, b] = [read(FROM, FROM + HOUR), read(FROM + HOUR + 1, NOW)];
        expect(text({ times: [...a.times, ...b.times], values: [...a.values, ...b.values] })).toBe(whole);
      });
    }
  });

  it('belong to one series for each set of labels', () => {
    for (const scope of scopes.values()) {
      const texts = select(scope, [], FROM, NOW).map(({ labels }) => JSON.stringify(labels));
      expect(texts.length).toBeGreaterThan(1_000);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  it('come in order where one pod follows another under its name', () => {
    const followed = found(
      us,
      'container_memory_working_set_bytes',
      ['namespace', '=', 'data'],
      ['pod', '=~', '.*-[0-9]'],
    );
    expect(followed.length).toBeGreaterThan(5);
    for (const { read } of followed) {
      const { times } = read(FROM, NOW);
      expect(times.every((time, i) => i === 0 || time > (times[i - 1] as number))).toBe(true);
    }
  });

  it('come at the scrapes of their target, without jitter', () => {
    for (const scope of scopes.values()) {
      const { everyMs } = scope.flavour;
      for (const { read } of found(scope, 'container_memory_working_set_bytes').slice(0, 30)) {
        const { times } = read(FROM, NOW);
        expect(new Set(times.map((time) => time % everyMs)).size).toBeLessThanOrEqual(1);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
    }
  });

  it('are those that range queries are made of', () => {
    const pod = podsOf(eu, 'session-store')[0]?.name ?? '';
    const [series] = found(eu, 'container_memory_working_set_bytes', ['pod', '=', pod], ['container', '!=', '']);
    const { times, values } = series?.read(FROM, NOW) ?? { times: [], values: [] };
    const query = `container_memory_working_set_bytes{pod="${pod}",container!=""}`;
    const steps = { from: NOW - HOUR, to: NOW, stepMs: 30_000 };
    const lines = evaluate(parse(query), steps, (...asked) => select(eu, ...asked));
    if (typeof lines === 'number') throw new Error('no vector');
    expect(lines[0]?.values).toEqual(
      Array.from({ length: 121 }, (_, i) => values[times.findLastIndex((time) => time <= steps.from + i * 30_000)]),
    );
  });

  it('never come from after now', () => {
    for (const { read } of found(eu, 'kube_pod_info')) {
      expect(read(NOW - HOUR, NOW + HOUR).times.every((time) => time <= NOW)).toBe(true);
    }
  });
});

describe('counters', () => {
  it.each([
    ['container_cpu_usage_seconds_total', 1],
    ['container_network_receive_bytes_total', 0],
    ['container_fs_writes_bytes_total', 1],
    ['container_cpu_cfs_periods_total', 0],
    ['container_cpu_cfs_throttled_periods_total', 0],
  ] as const)('%s never falls but at a restart', (metric, least) => {
    let falls = 0;
    for (const scope of [eu, us]) {
      const restarts = scope.cluster.lives
        .between(FROM, NOW)
        .flatMap(({ containers }) =>
          containers.flatMap(({ lives }) => lives.slice(1).map(({ startedAt }) => startedAt)),
        );
      for (const { read } of found(scope, metric)) {
        const { times, values } = read(FROM, NOW);
        for (let i = 1; i < values.length; i++) {
          if (!((values[i] as number) < (values[i - 1] as number))) continue;
          falls += 1;
          const [before, after] = [times[i - 1] as number, times[i] as number];
          expect(scope === us && restarts.some((at) => at > before && at <= after)).toBe(true);
        }
      }
    }
    expect(falls).toBeGreaterThanOrEqual(least);
  });

  it('grow by what the load says', () => {
    const pod = podsOf(eu, 'price-export').find(({ goneAt }) => goneAt === null);
    const [series] = found(
      eu,
      'container_cpu_usage_seconds_total',
      ['pod', '=', pod?.name ?? ''],
      ['container', '!=', ''],
    );
    const { times, values } = series?.read(FROM, NOW) ?? { times: [], values: [] };
    const span = ((times.at(-1) as number) - (times[0] as number)) / 1000;
    const mean = ((values.at(-1) as number) - (values[0] as number)) / span;
    expect(mean).toBeGreaterThan(0.2);
    expect(mean).toBeLessThan(0.5);
  });
});

describe('a life', () => {
  const ended = eu.cluster.lives
    .between(FROM, NOW)
    .filter(({ goneAt, unheard }) => goneAt !== null && goneAt < NOW - HOUR && unheard.length === 0);
  const byId = new Map(
    found(eu, 'container_memory_working_set_bytes', ['container', '!=', '']).map((series) => [
      labelOf(series.labels, 'name'),
      series,
    ]),
  );

  it('has samples from its start to its end, and a stale marker', () => {
    const lives = ended.flatMap(({ containers }) => containers.flatMap((each) => each.lives));
    expect(lives.length).toBeGreaterThan(20);
    for (const { containerId, startedAt, finishedAt } of lives) {
      const { times, values } = byId.get(containerId.slice('containerd://'.length))?.read(0, NOW) ?? {
        times: [],
        values: [],
      };
      // What is over between two scrapes is never seen.
      if (times.length === 0 && (finishedAt ?? Infinity) - startedAt < eu.flavour.everyMs) continue;
      const ticks = { everyMs: eu.flavour.everyMs, offsetMs: (times[0] as number) % eu.flavour.everyMs };
      expect(times[0]).toBe(firstTickFrom(startedAt, ticks));
      expect(times.at(-1)).toBe(firstTickFrom(finishedAt ?? Infinity, ticks));
      expect(values.map((value) => (Number.isNaN(value) ? 1 : 0)).lastIndexOf(0)).toBe(values.length - 2);
      expect(values.at(-1)).toBeNaN();
    }
  });
});

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
});

describe('names', () => {
  const nameCount = (scope: Scope, ...metrics: string[]) => metrics.map((metric) => found(scope, metric).length > 0);

  it('are of today, with DCGM, in prod-eu', () => {
    expect(nameCount(eu, 'DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_FB_USED', 'container_gpu_utilization')).toEqual([
      true,
      true,
      false,
    ]);
    const [gpu] = found(eu, 'DCGM_FI_DEV_GPU_UTIL');
    expect(gpu && labelOf(gpu.labels, 'exported_pod')).toMatch(/^image-embedding-/);
    expect(gpu && labelOf(gpu.labels, 'pod')).toMatch(/^nvidia-dcgm-exporter-/);
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
