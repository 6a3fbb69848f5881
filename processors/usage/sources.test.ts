import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { MEASURE_NAMES, UsageSourceRow } from '../../schemas/usage.ts';
import { resourceOptions } from '../journal/resources/options.ts';
import { createCandidates } from './measures.ts';
import { selectorsOf } from './measures-candidate.ts';
import { equalMatchers, selectorText } from './selector.ts';
import { choiceProblems, findSources, sourceRows } from './sources.ts';
import { countExpressions, type AskPrometheus } from './sources-count.ts';

const FROM = Date.UTC(2026, 2, 2, 1);
const TO = FROM + 3_600_000;
const candidates = createCandidates({ gpuResources: resourceOptions().gpu_resources });
const selectorOf = (measure: (typeof MEASURE_NAMES)[number], source: string): string => {
  const candidate = candidates.get(measure)!.find((each) => each.source === source)!;
  return selectorText(selectorsOf(candidate)[0]!);
};

/** Has, by selector, series from a time on; understands the queries of this part alone. */
function fakePrometheus(has: Readonly<Record<string, { series: number; fromMs?: number; toMs?: number }>>) {
  const asked: { expression: string; atMs: number }[] = [];
  const countAt = (selector: string, atMs: number): number => {
    const { series = 0, fromMs = 0, toMs = Infinity } = has[selector] ?? {};
    return atMs >= fromMs && atMs <= toMs ? series : 0;
  };
  const prometheus: AskPrometheus = {
    async query(expression, atMs) {
      asked.push({ expression, atMs });
      if (expression === 'count(broken()') throw new AppError('bad_request', 'parse error');
      if (!expression.startsWith('label_replace')) return { samples: [{ labels: {}, value: 3 }] };
      const samples = expression.split(' or ').flatMap((part) => {
        const [, selector, candidate] = /^label_replace\(count\((.*)\), "candidate", "(\d+)", "", ""\)$/.exec(part)!;
        const value = countAt(selector!, atMs);
        return value > 0 ? [{ labels: { candidate: candidate! }, value }] : [];
      });
      return { samples };
    },
  };
  return { prometheus, asked };
}

const base = { candidates, choices: {}, matchers: [], journalKnows: false, fromMs: FROM, toMs: TO };

describe('finding sources', () => {
  it('takes the first candidate that has series, and says how many', async () => {
    const { prometheus } = fakePrometheus({
      [selectorOf('cpu_cores', 'cadvisor_pod_name')]: { series: 7 },
      [selectorOf('memory_bytes', 'cadvisor')]: { series: 5 },
      [selectorOf('memory_bytes', 'cadvisor_pod_name')]: { series: 9 },
      [selectorOf('gpu_utilisation', 'dcgm_exported')]: { series: 2 },
      [selectorOf('gpu_utilisation', 'dcgm')]: { series: 8 },
      [selectorOf('cpu_request_cores', 'container_resources')]: { series: 4 },
    });
    const sources = await findSources({ ...base, prometheus });
    const told = [...sources.values()].filter(({ kind }) => kind !== 'none');
    expect(sourceRows('c', told.length > 0 ? sources : new Map(), TO).filter(({ source }) => source !== '')).toEqual([
      expect.objectContaining({ measure: 'cpu_cores', source: 'cadvisor_pod_name', chosen: 'found', series: 7 }),
      expect.objectContaining({ measure: 'memory_bytes', source: 'cadvisor', series: 5 }),
      expect.objectContaining({ measure: 'gpu_utilisation', source: 'dcgm_exported', series: 2 }),
      expect.objectContaining({ measure: 'cpu_request_cores', source: 'container_resources', series: 4 }),
    ]);
    expect([...sources.keys()]).toEqual(MEASURE_NAMES);
  });

  it('asks again for the middle and the beginning only for what is not there at the end', async () => {
    const { prometheus, asked } = fakePrometheus({
      [selectorOf('cpu_cores', 'cadvisor')]: { series: 1 },
      [selectorOf('memory_bytes', 'cadvisor')]: { series: 2, toMs: FROM + 60_000 },
    });
    const sources = await findSources({ ...base, prometheus });
    expect(sources.get('memory_bytes')).toMatchObject({ kind: 'series', series: 2 });
    expect(new Set(asked.map(({ atMs }) => atMs))).toEqual(new Set([TO, FROM + 1_800_000, FROM]));
    const later = asked.filter(({ atMs }) => atMs !== TO).map(({ expression }) => expression);
    expect(later.join(' ')).not.toContain('container_cpu_usage_seconds_total');
  });

  it('takes requests and limits of the journal where it knows the pods', async () => {
    const has = { [selectorOf('cpu_request_cores', 'kube_state_metrics')]: { series: 9 } };
    const { prometheus, asked } = fakePrometheus(has);
    const known = await findSources({ ...base, prometheus, journalKnows: true });
    expect(known.get('cpu_request_cores')).toMatchObject({ kind: 'journal', chosen: 'found', expression: '' });
    expect(known.get('cpu_cores')).toMatchObject({ kind: 'none', chosen: 'none' });
    expect(asked.some(({ expression }) => expression.includes('kube_pod'))).toBe(false);
    const unknown = await findSources({ ...base, prometheus });
    expect(unknown.get('cpu_request_cores')).toMatchObject({ kind: 'series', series: 9 });
  });

  it('obeys the configuration', async () => {
    const { prometheus, asked } = fakePrometheus({ [selectorOf('memory_bytes', 'cadvisor')]: { series: 5 } });
    const sources = await findSources({
      ...base,
      prometheus,
      journalKnows: true,
      matchers: equalMatchers({ cluster: 'a$&b' }),
      choices: {
        cpu_cores: 'off',
        cpu_request_cores: 'kube_state_metrics_1',
        memory_limit_bytes: 'journal',
        memory_bytes: { expression: 'sum by (namespace, pod) (rss{a="b",$matchers})' },
      },
    });
    expect(sources.get('cpu_cores')).toMatchObject({ kind: 'off', chosen: 'configured', expression: '' });
    expect(sources.get('cpu_request_cores')).toMatchObject({
      kind: 'series',
      chosen: 'configured',
      series: 0,
      candidate: { source: 'kube_state_metrics_1' },
    });
    expect(sources.get('memory_limit_bytes')).toMatchObject({ kind: 'journal', chosen: 'configured' });
    const expression = 'sum by (namespace, pod) (rss{a="b",cluster="a$&b"})';
    expect(sources.get('memory_bytes')).toMatchObject({ kind: 'expression', series: 3, expression });
    expect(asked).toContainEqual({ expression: `count(${expression})`, atMs: TO });
    const rows = sourceRows('c', sources, TO);
    for (const row of rows) expect(Value.Check(UsageSourceRow, row)).toBe(true);
    expect(rows.find(({ measure }) => measure === 'memory_bytes')).toMatchObject({ source: 'expression' });
  });

  it('refuses what cannot be, and says what can', async () => {
    const { prometheus, asked } = fakePrometheus({});
    const choices = { cpu: 'off', cpu_cores: 'journal', memory_request_bytes: 'nonsense', gpu_limit: 'journal' };
    expect(choiceProblems(candidates, choices)).toEqual([
      expect.stringContaining('measures.cpu: no such measure (cpu_cores, '),
      'measures.cpu_cores: no source journal (cadvisor_exported, cadvisor_exported_namespace, cadvisor, cadvisor_exported_namespace_pod_name, cadvisor_pod_name, off)',
      expect.stringContaining(
        'measures.memory_request_bytes: no source nonsense (journal, kube_state_metrics_exported',
      ),
    ]);
    await expect(findSources({ ...base, prometheus, choices })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(asked).toEqual([]);
  });

  it('names the measure whose expression the server refuses', async () => {
    const { prometheus } = fakePrometheus({});
    const choices = { file_bytes: { expression: 'broken(' } };
    await expect(findSources({ ...base, prometheus, choices })).rejects.toMatchObject({
      code: 'bad_request',
      message: 'measures.file_bytes: parse error',
    });
  });
});

it('keeps its questions short enough for any server', () => {
  const all = [...candidates.values()].flat();
  const expressions = countExpressions(all, equalMatchers({ cluster: 'x'.repeat(200) }));
  expect(expressions.length).toBeGreaterThan(1);
  for (const expression of expressions) expect(expression.length).toBeLessThanOrEqual(6_100);
  const places = expressions.flatMap((each) =>
    [...each.matchAll(/"candidate", "(\d+)"/g)].map(([, place]) => Number(place)),
  );
  expect(places).toEqual(all.map((_, place) => place));
});
