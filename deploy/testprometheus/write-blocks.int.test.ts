import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_MS, makeBlocks } from './make-blocks.ts';
import { prometheusMissing } from './prometheus-packages.ts';
import { startPrometheus } from './test-prometheus.ts';
import { writeBlocks, type RegularSeries } from './write-blocks.ts';

const FROM = Date.parse('2026-03-02T00:00:00Z');
const INTERVAL_MS = 30_000;
const COUNT = 480;

const VALUES: Record<string, (at: number) => number> = {
  constant: () => 0.25,
  zero: () => 0,
  counter: (at) => (at * 1_234_567_891) / 1e9,
  resets: (at) => (at % 77) * 0.1,
  pages: (at) => Math.round(1e5 + 1e4 * Math.sin(at * at)) * 4096,
  signs: (at) => (at % 2 === 0 ? 1 : -1) * Math.PI * 10 ** ((at % 41) - 20),
  sparse: (at) => (at % 10 === 0 ? 1 / 3 : 2),
  huge: (at) => (at % 3 === 0 ? Number.MAX_VALUE : Number.MIN_VALUE),
  infinite: (at) => (at % 50 === 7 ? Infinity : -Infinity),
};

/** Aligned to the blocks, so that Prometheus cuts its chunks at 120 samples too. */
const series: RegularSeries[] = Object.entries(VALUES).flatMap(([shape, valueAt]) =>
  ['b', 'a'].map((pod) => ({
    name: pod === 'a' ? 'a_value' : 'b_value',
    labels: { shape, pod, ...(pod === 'a' ? { zone: 'z' } : { Zone: 'y' }) },
    firstMs: FROM,
    intervalMs: INTERVAL_MS,
    count: COUNT,
    open: () => {
      let at = 0;
      return () => valueAt(at++);
    },
  })),
);

function* openMetrics(): Generator<string> {
  for (const { name, labels, open } of series) {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const next = open();
    for (let at = 0; at < COUNT; at++) {
      const value = String(next()).replace('Infinity', 'Inf');
      yield `${name}{${pairs.join(',')}} ${value} ${(FROM + at * INTERVAL_MS) / 1000}\n`;
    }
  }
  yield '# EOF\n';
}

interface Block {
  readonly minTime: number;
  readonly stats: object;
  readonly chunks: Buffer;
}

const blocksIn = (dir: string): Block[] =>
  readdirSync(dir)
    .map((name) => {
      const meta = JSON.parse(readFileSync(join(dir, name, 'meta.json'), 'utf8')) as Block;
      const chunks = readFileSync(join(dir, name, 'chunks', '000001'));
      return { minTime: meta.minTime, stats: meta.stats, chunks };
    })
    .sort((a, b) => a.minTime - b.minTime);

async function answer(blocks: string, query: string): Promise<unknown> {
  const server = await startPrometheus({ blocks });
  try {
    const parameters = new URLSearchParams({ query, time: String((FROM + COUNT * INTERVAL_MS) / 1000) });
    const response = await fetch(`${server.url}/api/v1/query?${parameters.toString()}`);
    expect(response.status).toBe(200);
    return await response.json();
  } finally {
    await server.stop();
  }
}

describe.skipIf(prometheusMissing())("blocks that are written as Prometheus' own", () => {
  let work = '';
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'tidemark-writeblocks-'));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it("have promtool's chunks byte for byte, and answer the same", async () => {
    const [made, written] = [join(work, 'made'), join(work, 'written')];
    await makeBlocks(made, openMetrics(), { span: '2h' });
    writeBlocks(written, series, BLOCK_MS['2h']);
    const expected = blocksIn(made);
    expect(expected).toHaveLength(2);
    expect(blocksIn(written).map(({ stats }) => stats)).toEqual(expected.map(({ stats }) => stats));
    expect(blocksIn(written).map(({ chunks }) => chunks.equals(expected.shift()!.chunks))).toEqual([true, true]);
    const query = '{shape!="",zone="",pod=~"a|b"}[5h]';
    const answered = (await answer(made, query)) as { data: { result: { values: unknown[] }[] } };
    expect(answered.data.result).toHaveLength(Object.keys(VALUES).length);
    expect(answered.data.result[0]!.values).toHaveLength(COUNT);
    expect(await answer(written, query)).toEqual(answered);
  });
});
