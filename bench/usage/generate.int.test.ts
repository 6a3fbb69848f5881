import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_MS } from '../../deploy/testprometheus/make-blocks.ts';
import { prometheusMissing, startPrometheus, type TestServer } from '../../deploy/testprometheus/test-prometheus.ts';
import { startVictoriaMetrics } from '../../deploy/testprometheus/test-victoria-metrics.ts';
import { writeBlocks } from '../../deploy/testprometheus/write-blocks.ts';
import { importIntoBlocks, importIntoVictoriaMetrics } from './generate-import.ts';
import { samplesOf, usageSeries } from './generate.ts';

const HOUR_MS = 3_600_000;
const FROM = Date.parse('2026-03-02T00:00:00Z');
const TO = FROM + 7 * HOUR_MS;
const series = usageSeries({ seed: 3, pods: 25, fromMs: FROM, toMs: TO, shortLivedEvery: 4, podCgroups: true });

/** Each series' samples, as the server has them: labels, then time and value. */
async function everything(url: string): Promise<Map<string, [number, number][]>> {
  const query = encodeURIComponent('{__name__=~".+",job!=""}[8h]');
  const response = await fetch(`${url}/api/v1/query?query=${query}&time=${TO / 1000}`);
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  return new Map(
    data.result.map(({ metric, values }) => [
      JSON.stringify(Object.entries(metric).sort()),
      values.map(([seconds, value]) => [seconds, Number(value)]),
    ]),
  );
}

describe.skipIf(prometheusMissing())('generated usage in real servers', () => {
  let work = '';
  const servers: TestServer[] = [];
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'tidemark-generate-'));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(work, { recursive: true, force: true });
  });

  it('is the same by promtool, by blocks written here, and in VictoriaMetrics', async () => {
    const [made, written] = [join(work, 'made'), join(work, 'written')];
    await importIntoBlocks(made, series, { span: '2h' });
    writeBlocks(written, series, BLOCK_MS['6h']);
    for (const blocks of [made, written]) servers.push(await startPrometheus({ blocks }));
    const victoria = await startVictoriaMetrics();
    servers.push(victoria);
    await importIntoVictoriaMetrics(victoria.url, series);
    const [first, second, third] = await Promise.all(servers.map(({ url }) => everything(url)));
    expect(first!.size).toBe(series.length);
    expect([...first!.values()].reduce((sum, values) => sum + values.length, 0)).toBe(samplesOf(series));
    expect(second).toEqual(first);
    // VictoriaMetrics keeps decimal numbers of twelve digits or so.
    expect([...third!.keys()].sort()).toEqual([...first!.keys()].sort());
    for (const [labels, values] of first!) {
      const kept = third!.get(labels)!;
      expect(kept.map(([seconds]) => seconds)).toEqual(values.map(([seconds]) => seconds));
      const errors = kept.map(([, value], at) => Math.abs(value - values[at]![1]) / Math.max(1, values[at]![1]));
      expect(Math.max(...errors)).toBeLessThan(1e-11);
    }
  });
});
