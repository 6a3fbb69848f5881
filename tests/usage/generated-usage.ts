/** A sample of a series; `atMs` in whole eighths of a second, which promtool takes as they are. */
interface Sample {
  readonly atMs: number;
  readonly value: number;
}

interface Generated {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How a cluster calls its metrics and labels, and how often it scrapes. */
interface Names {
  readonly cluster: 'new' | 'old';
  readonly everyMs: number;
}

const MINUTE = 60_000;
const MIB = 2 ** 20;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Scrapes within a span: at a phase of their own, one in 50 missed, and none in the `gap`. */
function* scrapes({ fromMs, toMs }: Span, everyMs: number, next: () => number, gap?: Span): Generator<number> {
  const phase = Math.floor(next() * (everyMs / 125)) * 125;
  for (let atMs = fromMs + phase; atMs < toMs; atMs += everyMs) {
    const isMissed = next() < 0.02 || (gap !== undefined && atMs >= gap.fromMs && atMs < gap.toMs);
    if (!isMissed) yield atMs;
  }
}

/** A counter that rises by up to `most` a second, and begins anew at `resetMs`. */
function counter(times: Iterable<number>, most: number, next: () => number, resetMs = Infinity): Sample[] {
  let value = 0;
  let beforeMs: number | undefined;
  return Array.from(times, (atMs) => {
    const passed = (atMs - (beforeMs ?? atMs)) / 1_000;
    value = beforeMs !== undefined && beforeMs < resetMs && atMs >= resetMs ? 0 : value + passed * most * next() ** 3;
    beforeMs = atMs;
    return { atMs, value };
  });
}

const gauge = (times: Iterable<number>, value: () => number): Sample[] =>
  Array.from(times, (atMs) => ({ atMs, value: value() }));

/** One container's life, as cAdvisor, an exporter of GPUs and kube-state-metrics tell of it. */
function containerSeries(names: Names, place: number, container: string, life: Span, id: string): Generated[] {
  const next = random(place * 1_000 + id.length * 7 + container.length + (names.cluster === 'old' ? 500 : 0));
  const { cluster, everyMs } = names;
  const pod = `pod-${place}`;
  const own: Record<string, string> =
    cluster === 'new' ? { pod, container } : { pod_name: pod, container_name: container };
  const labels = { cluster, namespace: place % 2 ? 'shop' : 'data', ...own };
  const run = cluster === 'new' ? { ...labels, id: `/${id}`, name: id, image: 'app:1' } : labels;
  const gap = place % 5 === 2 ? { fromMs: life.fromMs + 90 * MINUTE, toMs: life.fromMs + 97 * MINUTE } : undefined;
  const times = [...scrapes(life, everyMs, next, gap)];
  const reset = cluster === 'old' && place % 3 === 0 ? life.fromMs + 100 * MINUTE : Infinity;
  const told: Generated[] = [
    { name: 'container_cpu_usage_seconds_total', labels: run, samples: counter(times, 2, next, reset) },
    { name: 'container_memory_working_set_bytes', labels: run, samples: gauge(times, () => Math.round(next() * 2e9)) },
    { name: 'container_cpu_cfs_periods_total', labels: run, samples: counter(times, 10, next, reset) },
    { name: 'container_cpu_cfs_throttled_periods_total', labels: run, samples: counter(times, 3, next, reset) },
    {
      name: 'container_fs_reads_bytes_total',
      labels: { ...run, device: '/dev/sda' },
      samples: counter(times, 1e6, next),
    },
  ];
  return told.map((each) => ({ ...each, samples: each.samples.filter((_, index) => index % 97 !== 50) }));
}

/** What there is of a pod as a whole: its network, its GPUs, and what it asked for. */
function podSeries(names: Names, place: number, life: Span): Generated[] {
  const next = random(place * 31 + (names.cluster === 'old' ? 9 : 0));
  const { cluster, everyMs } = names;
  const times = [...scrapes(life, everyMs, next)];
  const pod = `pod-${place}`;
  const namespace = place % 2 ? 'shop' : 'data';
  const told: Generated[] = [];
  const tell = (name: string, labels: Record<string, string>, samples: Sample[]) =>
    told.push({ name, labels: { cluster, ...labels }, samples });
  const network: Record<string, string> =
    cluster === 'new' ? { namespace, pod } : { namespace, pod_name: pod, container_name: 'POD' };
  for (const way of ['receive', 'transmit']) {
    for (const port of ['eth0', 'eth1']) {
      tell(`container_network_${way}_bytes_total`, { ...network, interface: port }, counter(times, 1e6, next));
    }
  }
  if (place % 4 === 0) {
    for (const gpu of ['0', '1']) {
      const percent = gauge(times, () => Math.round(next() * 100));
      const used = gauge(times, () => Math.round(next() * 24_000));
      if (cluster === 'new') {
        const labels = {
          exported_namespace: namespace,
          exported_pod: pod,
          gpu,
          pod: 'dcgm-exporter-1',
          namespace: 'gpu',
        };
        tell('DCGM_FI_DEV_GPU_UTIL', labels, percent);
        tell('DCGM_FI_DEV_FB_USED', labels, used);
      } else {
        const labels = { namespace, pod_name: pod, container_name: 'app' };
        tell('container_gpu_utilization', { ...labels, gpu: `gpu${gpu}` }, percent);
        tell('container_gpu_memory_total', { ...labels, gpu_memory: `gpu${gpu}` }, used);
      }
    }
  }
  for (const [bound, factor] of [
    ['request', 1],
    ['limit', 2],
  ] as const) {
    const set = (value: number) => gauge(times, () => value);
    if (cluster === 'new') {
      const of = (resource: string) => ({ namespace, pod, container: 'app', resource });
      tell(`kube_pod_container_resource_${bound}s`, of('cpu'), set(0.25 * factor * place));
      tell(`kube_pod_container_resource_${bound}s`, of('memory'), set(128 * MIB * factor));
      if (place % 4 === 0) tell(`kube_pod_container_resource_${bound}s`, of('nvidia_com_gpu'), set(2));
    } else {
      const of = { namespace, pod_name: pod, container_name: 'app' };
      tell(`container_cpu_cores_${bound}`, of, set(0.25 * factor * place));
      tell(`container_memory_bytes_${bound}`, of, set(128 * MIB * factor));
    }
  }
  return told;
}

/**
 * OpenMetrics text of two clusters with `pods` pods each, one under today's names (a scrape each 30 s), one under the old ones
 * (each 15 s): restarts as other series and as counters that begin anew, scrapes that were missed, gaps beyond the lookback, pods
 * that come and go within the span, two containers and two GPUs of one pod.
 */
export function* generatedUsage(pods: number, { fromMs, toMs }: Span): Generator<string> {
  for (const names of [
    { cluster: 'new', everyMs: 30_000 },
    { cluster: 'old', everyMs: 15_000 },
  ] as const) {
    for (let place = 1; place <= pods; place++) {
      const life = {
        fromMs: place % 7 === 3 ? fromMs + 80 * MINUTE : fromMs,
        toMs: place % 7 === 5 ? toMs - 200 * MINUTE : toMs,
      };
      const restart = life.fromMs + 61 * MINUTE;
      const runs: Span[] =
        names.cluster === 'new' && place % 3 === 0
          ? [
              { ...life, toMs: restart },
              { ...life, fromMs: restart },
            ]
          : [life];
      const all = [
        ...runs.flatMap((run, index) => containerSeries(names, place, 'app', run, `run${'-again'.repeat(index)}`)),
        ...(place % 2 ? containerSeries(names, place, 'proxy', life, 'proxy') : []),
        ...podSeries(names, place, life),
      ];
      for (const { name, labels, samples } of all) {
        const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
        yield samples.map(({ atMs, value }) => `${name}{${text.join(',')}} ${value} ${atMs / 1_000}\n`).join('');
      }
    }
  }
  yield '# EOF\n';
}
