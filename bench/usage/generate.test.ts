import { describe, expect, it } from 'vitest';
import { jsonLines, openMetricsTexts } from './generate-text.ts';
import { MEASURES, samplesOf, usageSeries, type UsageSeries, type UsageShape } from './generate.ts';

const HOUR_MS = 3_600_000;
const FROM = Date.parse('2026-03-02T00:00:00Z');
const SHAPE: UsageShape = {
  seed: 1,
  pods: 40,
  fromMs: FROM,
  toMs: FROM + 48 * HOUR_MS,
  shortLivedEvery: 5,
  podCgroups: true,
};

const key = ({ name, labels }: Pick<UsageSeries, 'name' | 'labels'>): string =>
  JSON.stringify([name, ...Object.entries(labels).sort()]);
const valuesOf = (series: UsageSeries): number[] => {
  const next = series.open();
  return Array.from({ length: series.count }, () => next());
};

/** Time and value of each sample, by series, read back out of OpenMetrics. */
function readBack(texts: Iterable<Iterable<string>>): Map<string, [number, number][]> {
  const found = new Map<string, [number, number][]>();
  for (const text of texts) {
    const lines = [...text].join('').split('\n');
    expect(lines.splice(-2)).toEqual(['# EOF', '']);
    for (const line of lines.filter((one) => !one.startsWith('#'))) {
      const [, name = '', pairs = '', value, seconds] = /^(\w+)\{(.*)\} (\S+) (\S+)$/.exec(line)!;
      const labels = Object.fromEntries(
        [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, quoted]) => [label!, quoted!]),
      );
      const id = key({ name, labels });
      found.set(id, [...(found.get(id) ?? []), [Number(seconds) * 1000, Number(value)]]);
    }
  }
  return found;
}

describe('generated usage', () => {
  const all = usageSeries(SHAPE);

  it('is the same for a seed, whoever reads it, and another for another', () => {
    const again = usageSeries(SHAPE);
    expect(again.map(key)).toEqual(all.map(key));
    expect(again.map(valuesOf)).toEqual(all.map(valuesOf));
    const cpu = (seed: number) => valuesOf(usageSeries({ ...SHAPE, seed, measures: ['cpu'] })[0]!);
    expect(cpu(2)).not.toEqual(cpu(1));
  });

  it('has no two series of the same labels, and all families', () => {
    expect(new Set(all.map(key)).size).toBe(all.length);
    expect(
      MEASURES.flatMap((measure) => usageSeries({ ...SHAPE, measures: [measure] }))
        .map(key)
        .sort(),
    ).toEqual(all.map(key).sort());
    expect(new Set(all.map(({ name }) => name)).size).toBe(6);
  });

  it('has counters that rise but for restarts, and memory in whole pages', () => {
    const cpu = all.filter(({ name }) => name === 'container_cpu_usage_seconds_total').map(valuesOf);
    const falls = cpu.map((values) => values.filter((value, at) => at > 0 && value < values[at - 1]!).length);
    expect(falls.filter((count) => count > 0).length).toBeGreaterThan(0);
    expect(falls.filter((count) => count === 0).length).toBeGreaterThan(cpu.length / 2);
    const memory = all.filter(({ name }) => name === 'container_memory_working_set_bytes').flatMap(valuesOf);
    expect(memory.every((bytes) => bytes > 0 && bytes % 4096 === 0)).toBe(true);
    expect(new Set(memory).size).toBeGreaterThan(1000);
  });

  it('has pods that are there for a while alone', () => {
    const short = all.filter(({ count }) => count === 24 * 120);
    expect(short.length).toBeGreaterThan(0);
    expect(short.every(({ firstMs }) => firstMs >= FROM + 12 * HOUR_MS)).toBe(true);
  });

  it('is told alike in both texts, each sample once and in the text of its span', () => {
    const few = usageSeries({ ...SHAPE, pods: 5, toMs: FROM + 5 * HOUR_MS });
    const found = readBack(openMetricsTexts(few, 2 * HOUR_MS));
    const expected = new Map(
      few.map((one) => [key(one), valuesOf(one).map((value, at) => [one.firstMs + at * one.intervalMs, value])]),
    );
    expect(found).toEqual(expected);
    const lines = [...jsonLines(few)].join('').trimEnd().split('\n');
    const told = lines.map(
      (line) => JSON.parse(line) as { metric: Record<string, string>; values: number[]; timestamps: number[] },
    );
    expect(told.reduce((sum, { values }) => sum + values.length, 0)).toBe(samplesOf(few));
    for (const { metric, values, timestamps } of told) {
      const { __name__: name = '', ...labels } = metric;
      expect(timestamps.map((time, at) => [time, values[at]])).toEqual(expected.get(key({ name, labels })));
    }
    for (const text of openMetricsTexts(few, 2 * HOUR_MS)) {
      const spans = [...text]
        .join('')
        .match(/ [\d.]+$/gm)!
        .map((seconds) => Math.floor(Number(seconds) / 7200));
      expect(new Set(spans).size).toBe(1);
    }
  });
});
