import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusMissing } from './prometheus-packages.ts';
import { makeBlocks } from './make-blocks.ts';
import { exposeTargets, writeScrapeConfig } from './scrape-targets.ts';
import { startPrometheus, type TestServer } from './test-prometheus.ts';
import { startVictoriaMetrics } from './test-victoria-metrics.ts';

const FROM = Date.parse('2026-03-02T01:00:00Z') / 1000;
const STEP = 30;

type Answer = { data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };

async function queryRange(url: string, query: string, start: number, end: number): Promise<Answer['data']['result']> {
  const parameters = new URLSearchParams({
    query,
    start: String(start),
    end: String(end),
    step: String(STEP),
    nocache: '1',
  });
  const response = await fetch(`${url}/api/v1/query_range?${parameters.toString()}`);
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as Answer;
  return data.result.toSorted((a, b) => String(a.metric['pod']).localeCompare(String(b.metric['pod'])));
}

/** A counter of two pods every 30 seconds over three hours: two blocks of Prometheus. */
function samples(): { labels: Record<string, string>; values: number[]; times: number[] }[] {
  return ['a', 'b'].map((pod, row) => {
    const times = Array.from({ length: 360 }, (_, at) => FROM + at * STEP);
    return { labels: { namespace: 'n', pod }, times, values: times.map((_, at) => at * (row + 1) * 1.5) };
  });
}

const openMetrics = (): string =>
  [
    '# TYPE work_seconds counter',
    ...samples().flatMap(({ labels, values, times }) =>
      values.map((value, at) => `work_seconds_total{namespace="n",pod="${labels['pod']}"} ${value} ${times[at]}`),
    ),
    '# EOF\n',
  ].join('\n');

const jsonLines = (): string =>
  samples()
    .map(({ labels, values, times }) =>
      JSON.stringify({
        metric: { __name__: 'work_seconds_total', ...labels },
        values,
        timestamps: times.map((seconds) => seconds * 1000),
      }),
    )
    .join('\n');

const runs = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function until<T>(what: string, look: () => Promise<T | false>): Promise<T> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
    const found = await look();
    if (found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come`);
}

describe.skipIf(prometheusMissing())('a real Prometheus and a real VictoriaMetrics', () => {
  let work = '';
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'tidemark-testprometheus-'));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it('answer the same of the same samples, and leave neither process nor folder', async () => {
    const blocks = join(work, 'blocks');
    await makeBlocks(blocks, openMetrics(), { span: '2h' });
    expect(await readdir(blocks)).toHaveLength(2);
    expect(await readdir(work)).toEqual(['blocks']);
    const servers: TestServer[] = [];
    try {
      const prometheus = await startPrometheus({ blocks });
      servers.push(prometheus);
      const victoria = await startVictoriaMetrics();
      servers.push(victoria);
      expect(await readdir(blocks)).toEqual([]);
      const sent = await fetch(`${victoria.url}/api/v1/import`, { method: 'POST', body: jsonLines() });
      expect(sent.ok).toBe(true);
      await victoria.flush();
      // The whole counter, across both blocks; and a rate within one window, where both have samples on its edges.
      const [start, end] = [FROM, FROM + 359 * STEP];
      const sums = await queryRange(prometheus.url, 'sum by (namespace, pod) (work_seconds_total)', start, end);
      expect(sums.map(({ values }) => values.length)).toEqual([360, 360]);
      expect(sums[1]!.values[359]).toEqual([end, String(359 * 3)]);
      expect(await queryRange(victoria.url, 'sum by (namespace, pod) (work_seconds_total)', start, end)).toEqual(sums);
      const rates = await queryRange(
        prometheus.url,
        'sum by (namespace, pod) (irate(work_seconds_total[2m]))',
        start + 300,
        end,
      );
      expect(rates[0]!.values.map(([, value]) => Number(value)).every((value) => value === 1.5 / STEP)).toBe(true);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
    expect(servers).toHaveLength(2);
    for (const { pid, dir } of servers) expect([runs(pid), existsSync(dir)]).toEqual([false, false]);
  });

  it("says promtool's words of a text that is not OpenMetrics, and leaves no file", async () => {
    const blocks = join(work, 'bad');
    await expect(makeBlocks(blocks, 'work_seconds_total 1 1\n')).rejects.toThrow('EOF');
    expect(await readdir(blocks)).toEqual([]);
    expect((await readdir(work)).filter((name) => name.startsWith('bad-'))).toEqual([]);
  });

  it('scrapes what is exposed, with the labels and at the interval that are asked for', async () => {
    const config = join(work, 'prometheus.json');
    let rounds = 0;
    const exposed = await exposeTargets({ '/deep/metrics': () => `work_seconds_total{pod="a"} ${rounds++}\n` });
    const file = join(work, 'targets.json');
    writeFileSync(file, JSON.stringify([{ targets: [exposed.target], labels: { zone: 'z' } }]));
    writeScrapeConfig(config, [{ job: 'kubelet', targets: { file }, path: '/deep/metrics' }], {
      intervalMs: 200,
      externalLabels: { cluster: 'c' },
    });
    const dir = join(work, 'kept');
    const prometheus = await startPrometheus({ config, dir });
    try {
      const metric = await until('a scraped sample', async () => {
        const response = await fetch(`${prometheus.url}/api/v1/query?query=work_seconds_total%3E1`);
        const { data } = (await response.json()) as { data: { result: { metric: Record<string, string> }[] } };
        return data.result[0]?.metric ?? false;
      });
      expect(metric).toEqual({
        __name__: 'work_seconds_total',
        instance: exposed.target,
        job: 'kubelet',
        pod: 'a',
        zone: 'z',
      });
      expect(exposed.scrapes.get('/deep/metrics')).toBeGreaterThan(1);
    } finally {
      await prometheus.stop();
      await exposed.stop();
    }
    expect([runs(prometheus.pid), existsSync(dir)]).toEqual([false, true]);
  });

  it('tells why a server does not start, and keeps its log', async () => {
    const dir = join(work, 'broken');
    mkdirSync(dir);
    const config = join(dir, 'broken.yml');
    writeFileSync(config, 'scrape_configs: 1\n');
    await expect(startPrometheus({ dir, config })).rejects.toThrow('it ended');
    expect(readFileSync(join(dir, 'server.log'), 'utf8')).toContain('broken.yml');
    rmSync(dir, { recursive: true });
  });
});
