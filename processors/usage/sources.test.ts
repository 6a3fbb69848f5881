import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { MEASURE_NAMES, UsageSourceRow } from '../../schemas/usage.ts';
import { resourceOptions } from '../journal/resources/options.ts';
import { createCandidates } from './measures.ts';
import { selectorsOf } from './measures-candidate.ts';
import type { Matcher, Selector } from './prometheus/matchers.ts';
import { equalMatchers, matchersText, selectorText } from './selector.ts';
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
  const listed: { selector: Selector; fromMs: number; toMs: number }[] = [];
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
    async labelValues(label, [selector], fromMs, toMs) {
      expect(label).toBe('__name__');
      listed.push({ selector: selector!, fromMs, toMs });
      const [{ value: names }, ...rest] = selector as [Matcher, ...Matcher[]];
      return names.split('|').filter((name) =>
        Object.entries(has).some(([text, { fromMs: since = 0, toMs: until = Infinity }]) => {
          const overlaps = since <= toMs && until >= fromMs;
          // Without further labels a metric's name is all that is asked for.
          const same = rest.length === 0 ? text.startsWith(`${name}{`) : text === `${name}{${matchersText(rest)}}`;
          return overlaps && same;
        }),
      );
    },
  };
  return { prometheus, asked, listed };
}

const base = { candidates, choices: {}, matchers: [], journalKnows: false, fromMs: FROM, toMs: TO };

describe('finding sources', () => {
  it('takes all candidates that have series, those preferred first, and says how many', async () => {
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
      expect.objectContaining({ measure: 'memory_bytes', source: 'cadvisor, cadvisor_pod_name', series: 14 }),
      expect.objectContaining({ measure: 'gpu_utilisation', source: 'dcgm_exported, dcgm', series: 10 }),
      expect.objectContaining({ measure: 'cpu_request_cores', source: 'container_resources', series: 4 }),
    ]);
    expect([...sources.keys()]).toEqual(MEASURE_NAMES);
  });

  it('finds what was there for a minute alone, whenever that was', async () => {
    const short = { series: 3, fromMs: FROM + 100_000, toMs: FROM + 160_000 };
    const { prometheus, listed } = fakePrometheus({
      [selectorOf('cpu_cores', 'cadvisor')]: { series: 1 },
      [selectorOf('gpu_utilisation', 'dcgm_exported')]: short,
      [selectorOf('gpu_memory_bytes', 'dcgm_exported')]: { series: 3, toMs: FROM - 1 },
    });
    const sources = await findSources({ ...base, prometheus });
    expect(sources.get('gpu_utilisation')).toMatchObject({ kind: 'series', series: 0 });
    expect(sources.get('gpu_memory_bytes')).toMatchObject({ kind: 'none' });
    expect(new Set(listed.map(({ fromMs, toMs }) => `${fromMs} ${toMs}`))).toEqual(new Set([`${FROM} ${TO}`]));
  });

  it('asks by labels only for metrics that are there', async () => {
    const { prometheus, listed } = fakePrometheus({ [selectorOf('memory_bytes', 'cadvisor')]: { series: 2 } });
    await findSources({ ...base, prometheus });
    const byLabels = listed.filter(({ selector }) => selector.length > 1);
    expect(byLabels).toHaveLength(5);
    for (const { selector } of byLabels) expect(selector[0]!.value).toBe('container_memory_working_set_bytes');
  });

  it('takes a share only where both of its metrics are', async () => {
    const throttled = candidates.get('cpu_throttled')!.find(({ source }) => source === 'cadvisor')!;
    const [part, whole] = selectorsOf(throttled).map(selectorText);
    const one = await findSources({ ...base, ...fakePrometheus({ [part!]: { series: 2 } }) });
    expect(one.get('cpu_throttled')).toMatchObject({ kind: 'none' });
    const both = await findSources({ ...base, ...fakePrometheus({ [part!]: { series: 2 }, [whole!]: { series: 2 } }) });
    expect(both.get('cpu_throttled')).toMatchObject({ kind: 'series' });
  });

  it('takes requests and limits of the journal where it knows the pods', async () => {
    const has = { [selectorOf('cpu_request_cores', 'kube_state_metrics')]: { series: 9 } };
    const { prometheus, listed } = fakePrometheus(has);
    const known = await findSources({ ...base, prometheus, journalKnows: true });
    expect(known.get('cpu_request_cores')).toMatchObject({ kind: 'journal', chosen: 'found', expression: '' });
    expect(known.get('cpu_cores')).toMatchObject({ kind: 'none', chosen: 'none' });
    expect(JSON.stringify(listed)).not.toContain('kube_pod');
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
      candidates: [{ source: 'kube_state_metrics_1' }],
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
