import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coarsen,
  forbiddenKinds,
  isWatched,
  toSegments,
  unwatched,
  type CoverageSpan,
  type CoverageState,
} from './segments.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const RANGE = { from: 100, to: 200 };
const LONG_AGO_MS = 1_000_000;

interface Given {
  state?: CoverageSpan['state'];
  cluster?: string;
  kind?: string;
  namespace?: string;
  from: number;
  to: number | null;
  proven?: number | null;
  reason?: string;
}
const span = ({ from, to, proven = null, ...given }: Given): CoverageSpan => ({
  cluster: 'a',
  kind: 'pod',
  namespace: '',
  state: 'watching',
  reason: '',
  ...given,
  from: iso(from),
  to: to === null ? null : iso(to),
  proven_until: proven === null ? null : iso(proven),
});
const brief = (spans: CoverageSpan[], now = LONG_AGO_MS) =>
  toSegments(spans, RANGE, now).map(({ from, to, state }) => [from, to, state]);

describe('segments', () => {
  it('of nothing are unknown', () => expect(brief([])).toEqual([[100, 200, 'unknown']]));

  it('show the worst of what overlaps', () => {
    const spans = [
      span({ from: 0, to: 300 }),
      span({ kind: 'event', from: 0, to: 150 }),
      span({ kind: 'event', state: 'gap', from: 150, to: 160, reason: 'expired' }),
      span({ kind: 'event', state: 'late', from: 160, to: 170 }),
      span({ kind: 'event', from: 170, to: 300 }),
      span({ cluster: 'b', state: 'unreadable', from: 140, to: 300, reason: 'forbidden' }),
      span({ cluster: 'b', from: 0, to: 140 }),
    ];
    expect(brief(spans)).toEqual([
      [100, 150, 'watching'],
      [150, 160, 'gap'],
      [160, 170, 'late'],
      [170, 200, 'watching'],
    ]);
    const gap = toSegments(spans, RANGE, LONG_AGO_MS)[1];
    expect(gap).toMatchObject({ clusters: ['a'], kinds: ['event'], reasons: ['expired'] });
  });

  it('of what may not be read shows where nothing else does, and is named', () => {
    const hidden = span({ kind: 'hpa', state: 'unreadable', from: 0, to: 300, reason: 'forbidden' });
    expect(brief([hidden])).toEqual([[100, 200, 'unreadable']]);
    expect(brief([hidden, span({ from: 0, to: 300 })])).toEqual([[100, 200, 'watching']]);
    expect(forbiddenKinds([hidden, span({ from: 0, to: 300 })], RANGE)).toEqual(['a hpa']);
    expect(forbiddenKinds([{ ...hidden, to: hidden.from }], RANGE)).toEqual([]);
  });

  it('of an open span end at its last proof', () => {
    expect(brief([span({ from: 0, to: null, proven: 170 })])).toEqual([
      [100, 170, 'watching'],
      [170, 200, 'unknown'],
    ]);
    expect(brief([span({ from: 0, to: null })])).toEqual([[100, 200, 'unknown']]);
  });

  it('of an open span reach to now while the agent is not silent', () =>
    expect(brief([span({ from: 0, to: null, proven: 170 })], 200)).toEqual([[100, 200, 'watching']]));

  it('of a stopped agent are unknown', () =>
    expect(brief([span({ from: 0, to: 150 }), span({ state: 'closed', from: 150, to: 300 })])).toEqual([
      [100, 150, 'watching'],
      [150, 200, 'unknown'],
    ]));

  it('of one namespace are covered by a span of all', () => {
    const own = span({ namespace: 'shop', from: 150, to: 300 });
    expect(brief([own])).toEqual([
      [100, 150, 'unknown'],
      [150, 200, 'watching'],
    ]);
    expect(brief([own, span({ from: 0, to: 300 })])).toEqual([[100, 200, 'watching']]);
  });

  it('that nothing was seen in are what a chart hatches', () => {
    const segments = toSegments([span({ from: 0, to: 150 })], RANGE, LONG_AGO_MS);
    expect(unwatched(segments)).toEqual([{ from: 150, to: 200 }]);
  });
});

it.each([
  ['nothing is known', [], false],
  ['all was watched', [span({ from: 0, to: 300 })], true],
  ['one of two clusters was watched', [span({ from: 0, to: 300 }), span({ cluster: 'b', from: 0, to: 50 })], true],
  ['it was resumed late', [span({ state: 'late', from: 0, to: 300 })], true],
  ['it was watched before and after', [span({ from: 0, to: 100 }), span({ from: 200, to: 300 })], false],
  ['the last proof lies before', [span({ from: 0, to: null, proven: 90 })], false],
  ['there is a gap', [span({ state: 'gap', from: 0, to: 300 })], false],
  ['it may not be read', [span({ state: 'unreadable', from: 0, to: 300 })], false],
] as const)('whether a range was watched where %s', (_words, spans, watched) =>
  expect(isWatched(spans, RANGE, LONG_AGO_MS)).toBe(watched),
);

const RANK: Record<CoverageState, number> = { unreadable: 0, watching: 1, late: 2, gap: 3, unknown: 4 };

/** The state at one instant, by asking every span. */
function oracle(spans: readonly CoverageSpan[], at: number): CoverageState {
  const keys = new Map(spans.map((one) => [`${one.cluster} ${one.kind} ${one.namespace}`, one]));
  let worst: CoverageState = spans.length === 0 ? 'unknown' : 'unreadable';
  for (const key of keys.values()) {
    const covers = (one: CoverageSpan, namespace: string): boolean =>
      one.cluster === key.cluster &&
      one.kind === key.kind &&
      one.namespace === namespace &&
      Date.parse(one.from) <= at &&
      at < Date.parse(one.to ?? one.proven_until ?? one.from);
    const own = spans.filter((one) => covers(one, key.namespace));
    const states = own.map(({ state }): CoverageState => (state === 'closed' ? 'unknown' : state));
    if (own.length === 0 && !spans.some((one) => covers(one, ''))) states.push('unknown');
    for (const state of states) if (RANK[state] > RANK[worst]) worst = state;
  }
  return worst;
}

const anySpan = fc
  .record({
    cluster: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('pod', 'event'),
    namespace: fc.constantFrom('', 'shop'),
    state: fc.constantFrom('watching', 'late', 'gap', 'unreadable', 'closed'),
    from: fc.integer({ min: 80, max: 210 }),
    length: fc.integer({ min: 0, max: 80 }),
    open: fc.boolean(),
  })
  .map(({ from, length, open, ...rest }) =>
    span({
      ...rest,
      from,
      to: open ? null : from + length,
      proven: open ? from + length : null,
      reason: rest.state,
    }),
  );

it('segments say at each instant what asking every span says, without holes or equal neighbours', () => {
  fc.assert(
    fc.property(fc.array(anySpan, { maxLength: 12 }), (spans) => {
      const segments = toSegments(spans, RANGE, LONG_AGO_MS);
      let reached = RANGE.from;
      for (const [i, segment] of segments.entries()) {
        expect(segment.from).toBe(reached);
        expect(segment.state).not.toBe(segments[i - 1]?.state);
        for (let at = segment.from; at < segment.to; at++) expect(segment.state).toBe(oracle(spans, at));
        reached = segment.to;
      }
      expect(reached).toBe(RANGE.to);
    }),
    { numRuns: 300 },
  );
});

describe('ten thousand spans', () => {
  const spans = Array.from({ length: 10_000 }, (_, i) =>
    span({ from: i * 10, to: i * 10 + 10, state: i % 2 === 0 ? 'watching' : 'gap' }),
  );
  const range = { from: 0, to: 100_000 };
  const segments = toSegments(spans, range, LONG_AGO_MS);

  it('stay as many', () => expect(segments).toHaveLength(10_000));

  it('are joined to what can be drawn, and still reach from end to end', () => {
    const drawn = coarsen(segments, 100);
    expect(drawn.filter(({ state }) => state !== 'watching').length).toBeLessThanOrEqual(100);
    expect(drawn[0]?.from).toBe(0);
    expect(drawn.at(-1)?.to).toBe(100_000);
    expect(drawn.some(({ state }) => state === 'gap')).toBe(true);
  });
});

it('a gap among few is left as it is', () => {
  const segments = toSegments([span({ from: 0, to: 150 }), span({ from: 151, to: 300 })], RANGE, LONG_AGO_MS);
  expect(coarsen(segments, 100)).toEqual(segments);
  expect(segments).toHaveLength(3);
});
