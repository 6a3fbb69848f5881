import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusMissing } from '../../../deploy/testprometheus/prometheus-packages.ts';
import { startPrometheus, type TestServer } from '../../../deploy/testprometheus/test-prometheus.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import type { Measure } from '../../../schemas/usage.ts';
import { resourceOptions } from '../../journal/resources/options.ts';
import { createCandidates } from '../measures.ts';
import { expressionOf, LOOKBACK_MS, selectorsOf, type Candidate } from '../measures-candidate.ts';
import { prometheusOptions } from '../prometheus/options.ts';
import { createPrometheus, type Prometheus } from '../prometheus/prometheus.ts';
import { equalMatchers } from '../selector.ts';
import { findSources } from '../sources.ts';
import { demandingSeries } from './testing/demanding-series.ts';
import { remoteWrite } from './testing/remote-write.ts';
import { valuesOf } from './testing/values-of.ts';
import { createWindow } from './window.ts';

const STEP = 30_000;
const FROM = Date.UTC(2026, 2, 2, 1);
const TO = FROM + 40 * STEP;
const MATCHERS = equalMatchers({ cluster: 'a "b" \\ {c}' });

describe.skipIf(prometheusMissing())('against a real Prometheus', () => {
  let server: TestServer;
  let prometheus: Prometheus;
  beforeAll(async () => {
    server = await startPrometheus();
    prometheus = createPrometheus(prometheusOptions({ url: server.url }), {
      clock: realClock,
      log: silentLogger,
    });
    for (const series of demandingSeries({
      fromMs: FROM - LOOKBACK_MS,
      toMs: TO,
      labels: { cluster: 'a "b" \\ {c}' },
    })) {
      await remoteWrite(server.url, [series]);
    }
    // Another cluster on the same server, whose pods are called the same.
    for (const series of demandingSeries({ fromMs: FROM, toMs: TO, labels: { cluster: 'other' } })) {
      await remoteWrite(server.url, [series]);
    }
  });
  afterAll(async () => {
    await prometheus?.close();
    await server?.stop();
  });

  const raw = async (candidate: Candidate): Promise<Map<string, number>> => {
    const window = createWindow({ fromMs: FROM, toMs: TO, stepMs: STEP });
    const selectors = selectorsOf(candidate, MATCHERS);
    await prometheus.read(selectors, FROM - LOOKBACK_MS, TO - STEP, (series) => window.add(candidate, series));
    return valuesOf(window, candidate.measure, FROM);
  };
  const asked = async (candidate: Candidate): Promise<Map<string, number>> => {
    const window = createWindow({ fromMs: FROM, toMs: TO, stepMs: STEP });
    const expression = expressionOf(candidate, MATCHERS);
    await prometheus.queryRange(expression, FROM, TO - STEP, STEP, (series) =>
      window.addAnswer(candidate.measure, candidate.labels, series),
    );
    return valuesOf(window, candidate.measure, FROM);
  };

  it.each<[Measure, string]>([
    ['cpu_cores', 'cadvisor'],
    ['cpu_cores', 'cadvisor_pod_name'],
    ['cpu_throttled', 'cadvisor'],
    ['memory_bytes', 'cadvisor'],
    ['network_receive_bytes_per_second', 'cadvisor'],
    ['cpu_request_cores', 'kube_state_metrics'],
    ['gpu_request', 'kube_state_metrics'],
    ['memory_limit_bytes', 'container_resources'],
    ['gpu_utilisation', 'dcgm_exported'],
    ['gpu_memory_bytes', 'dcgm_exported'],
    ['gpu_memory_bytes', 'container_gpu_pod_name'],
  ])('makes of the raw samples what query_range answers: %s of %s', async (measure, source) => {
    const candidate = createCandidates({ gpuResources: resourceOptions().gpu_resources })
      .get(measure)!
      .find((each) => each.source === source)!;
    const ours = await raw(candidate);
    const theirs = await asked(candidate);
    expect(ours.size).toBeGreaterThan(40);
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
    const apart = [...ours].filter(([key, value]) => {
      const other = theirs.get(key)!;
      return !(Math.abs(value - other) <= 1e-9 * Math.abs(other));
    });
    expect(apart).toEqual([]);
  });

  it('finds what the cluster has', async () => {
    const sources = await findSources({
      prometheus,
      candidates: createCandidates({ gpuResources: resourceOptions().gpu_resources }),
      choices: {
        file_bytes: { expression: 'sum by (namespace, pod) (container_memory_working_set_bytes{$matchers})' },
      },
      matchers: MATCHERS,
      journalKnows: false,
      fromMs: FROM,
      toMs: TO,
    });
    const told = Object.fromEntries(
      [...sources].map(([measure, source]) => [
        measure,
        source.kind === 'series' ? source.candidates.map((candidate) => candidate.source).join() : source.kind,
      ]),
    );
    expect(told).toMatchObject({
      cpu_cores: 'cadvisor,cadvisor_pod_name',
      gpu_utilisation: 'dcgm_exported',
      cpu_request_cores: 'kube_state_metrics',
      memory_limit_bytes: 'container_resources',
      file_bytes: 'expression',
      file_read_bytes_per_second: 'none',
    });
    expect(sources.get('cpu_cores')!.series).toBeGreaterThan(1);
    expect(sources.get('file_bytes')!.series).toBeGreaterThan(1);
  });
});
