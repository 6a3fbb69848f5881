import { describe, expect, it } from 'vitest';
import { labelOf } from './matchers.ts';
import { evaluate } from './promql/evaluate.ts';
import { parse } from './promql/parse.ts';
import { select } from './select.ts';
import { firstTickFrom, seriesOf, type Samples } from './series.ts';
import { eu, found, FROM, HOUR, NOW, podsOf, scopeOf, scopes, us } from './testing/day.ts';

const other = scopeOf('prod-eu');

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

  it('come at times of their own in the seconds before the scrapes of a kubelet', () => {
    for (const scope of scopes.values()) {
      const { everyMs } = scope.flavour;
      let scattered = 0;
      for (const { read } of found(scope, 'container_memory_working_set_bytes').slice(0, 30)) {
        const { times } = read(FROM, NOW);
        expect(times.every((time, i) => i === 0 || time - (times[i - 1] as number) >= everyMs - 5_000)).toBe(true);
        if (new Set(times.map((time) => time % everyMs)).size > 100) scattered += 1;
      }
      expect(scattered).toBeGreaterThan(10);
    }
  });

  it('come at whole milliseconds, also where a life begins between two', () => {
    const ticks = { everyMs: 15_000, offsetMs: 0, lag: { mostMs: 5_000, at: () => 4_000 } };
    const told = [{ from: 14_999.4, to: null, valueAt: () => 1 }];
    expect(seriesOf({ pod: 'a' }, ticks, told, 60_000).read(0, 31_000).times).toEqual([15_000, 26_000]);
  });

  it('come at the scrapes of any other target, without jitter', () => {
    for (const scope of scopes.values()) {
      const { everyMs } = scope.flavour;
      for (const { read } of found(scope, 'kube_pod_info').slice(0, 30)) {
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

  const { everyMs } = eu.flavour;

  it('of a container has samples from its start to its end, and nothing that ends it', () => {
    const lives = ended.flatMap(({ containers }) => containers.flatMap((each) => each.lives));
    expect(lives.length).toBeGreaterThan(20);
    for (const { containerId, startedAt, finishedAt } of lives) {
      const { times, values } = byId.get(containerId.slice('containerd://'.length))?.read(0, NOW) ?? {
        times: [],
        values: [],
      };
      const endedAt = finishedAt ?? Infinity;
      // What is over between two scrapes is never seen.
      if (times.length === 0 && endedAt - startedAt < everyMs) continue;
      expect(times[0]).toBeGreaterThanOrEqual(startedAt);
      expect(times[0]).toBeLessThan(startedAt + everyMs);
      expect(times.at(-1)).toBeLessThan(endedAt);
      expect(times.at(-1)).toBeGreaterThan(endedAt - everyMs - 5_000);
      expect(values.some((value) => Number.isNaN(value))).toBe(false);
    }
  });

  it('of a pod has samples from its start to its end in kube-state-metrics, and a stale marker', () => {
    const byUid = new Map(found(eu, 'kube_pod_owner').map((series) => [labelOf(series.labels, 'uid'), series]));
    for (const { uid, createdAt, goneAt } of ended) {
      const { times, values } = byUid.get(uid)?.read(0, NOW) ?? { times: [], values: [] };
      if (times.length === 0 && (goneAt ?? Infinity) - createdAt < everyMs) continue;
      const ticks = { everyMs, offsetMs: (times[0] as number) % everyMs };
      expect(times[0]).toBe(firstTickFrom(createdAt, ticks));
      expect(times.at(-1)).toBe(firstTickFrom(goneAt ?? Infinity, ticks));
      expect(values.map((value) => (Number.isNaN(value) ? 1 : 0)).lastIndexOf(0)).toBe(values.length - 2);
      expect(values.at(-1)).toBeNaN();
    }
  });
});
