import { expect, it } from 'vitest';
import type { CoverageSpan } from './interruptions.ts';
import { alike, toStrips } from './strips.ts';

const span = (
  kind: string,
  namespace: string,
  state: CoverageSpan['state'],
  from: number,
  to: number,
): CoverageSpan => ({
  cluster: 'east',
  kind,
  namespace,
  state,
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  reason: '',
  vanished: 0,
  proven_until: null,
});

it('puts the least watched first, then goes by name', () => {
  const spans = [
    span('pod', '', 'watching', 0, 1000),
    span('event', '', 'watching', 0, 1000),
    span('hpa', '', 'unreadable', 0, 1000),
    span('node', '', 'watching', 0, 900),
    span('node', '', 'gap', 900, 1000),
  ];
  const strips = toStrips(spans, { from: 0, to: 1000 }, 1000);
  expect(strips.map(({ kind, unwatchedMs, last }) => [kind, unwatchedMs, last])).toEqual([
    ['hpa', 1000, 'unreadable'],
    ['node', 100, 'gap'],
    ['event', 0, 'watching'],
    ['pod', 0, 'watching'],
  ]);
});

it('gives each namespace a strip of its own, under what was watched in all of them', () => {
  const spans = [span('pod', '', 'watching', 0, 400), span('pod', 'shop', 'watching', 400, 1000)];
  const strips = toStrips(spans, { from: 0, to: 1000 }, 1000);
  expect(strips.map(({ namespace, unwatchedMs }) => [namespace, unwatchedMs])).toEqual([
    ['', 600],
    ['shop', 0],
  ]);
});

it('puts together what looks the same', () => {
  const gap = (kind: string, from: number) => [
    span(kind, '', 'watching', 0, from),
    span(kind, '', 'gap', from, from + 100),
    span(kind, '', 'watching', from + 100, 10_000),
  ];
  const spans = [
    ...gap('pod', 500),
    ...gap('event', 501),
    ...gap('node', 5000),
    span('pvc', '', 'watching', 0, 10_000),
  ];
  const range = { from: 0, to: 10_000 };
  const groups = alike(toStrips(spans, range, 10_000), range);
  expect(groups.map((strips) => strips.map(({ kind }) => kind))).toEqual([['event', 'pod'], ['node'], ['pvc']]);
});
