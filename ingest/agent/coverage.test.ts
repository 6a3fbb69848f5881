import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import { CoverageObject } from '../../schemas/objects.ts';
import Value from 'typebox/value';
import { createCoverage, type Coverage } from './coverage.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
type Act = (coverage: Coverage, now: number) => unknown;
type Step = [seconds: number, act: Act];

const stand: Act = (coverage, now) => coverage.standing(now);
const list =
  (vanished = 0): Act =>
  (coverage, now) =>
    coverage.listed(now, vanished, 'why');
const proof: Act = (coverage) => coverage.proof();
const cut: Act = (coverage) => coverage.cut('reset');
const deny: Act = (coverage) => coverage.unreadable('no');
const close: Act = (coverage) => coverage.closed();

const cases: [string, number | null, Step[], string[], string][] = [
  [
    'a first list and its watch',
    null,
    [
      [0, list()],
      [1, stand],
    ],
    ['watching 0 …'],
    'watching',
  ],
  [
    'a restart',
    -60,
    [
      [0, list(3)],
      [1, stand],
    ],
    ['gap -60 0 (3)', 'watching 0 …'],
    'watching',
  ],
  [
    'a short cut',
    null,
    [
      [0, list()],
      [0, stand],
      [5, proof],
      [5, cut],
      [5.9, stand],
    ],
    ['watching 0 …'],
    'watching',
  ],
  [
    'a longer cut',
    null,
    [
      [0, list()],
      [0, stand],
      [5, proof],
      [5, cut],
      [8, stand],
    ],
    ['watching 0 …', 'late 5 8'],
    'watching',
  ],
  [
    'a cut that lasts is written while it lasts, once',
    null,
    [
      [0, list()],
      [0, stand],
      [5, proof],
      [5, cut],
      [16, cut],
      [30, cut],
      [40, stand],
    ],
    ['watching 0 …', 'late 5 …', 'late 5 40'],
    'watching',
  ],
  [
    'a cut that ends in a relist becomes a gap of the same beginning',
    null,
    [
      [0, list()],
      [0, stand],
      [5, proof],
      [16, cut],
      [20, list(2)],
      [21, stand],
    ],
    ['watching 0 …', 'late 5 …', 'gap 5 20 (2)', 'watching 20 …'],
    'watching',
  ],
  [
    'a server that is away from the beginning: said once it lasts, and ended by the list',
    null,
    [
      [0, cut],
      [11, cut],
      [30, cut],
      [40, list()],
      [41, stand],
    ],
    ['gap 0 …', 'gap 0 40', 'watching 40 …'],
    'watching',
  ],
  [
    'a restart at which the server is away',
    -60,
    [
      [0, cut],
      [11, cut],
      [40, list(3)],
      [41, stand],
    ],
    ['gap -60 …', 'gap -60 40 (3)', 'watching 40 …'],
    'watching',
  ],
  [
    'never readable',
    null,
    [
      [0, deny],
      [60, deny],
    ],
    ['unreadable 0 …'],
    'unreadable',
  ],
  [
    'readable at last',
    null,
    [
      [0, deny],
      [60, list()],
      [60, stand],
    ],
    ['unreadable 0 …', 'watching 60 …'],
    'watching',
  ],
  [
    'denied for a while, nothing lost',
    null,
    [
      [0, list()],
      [0, stand],
      [9, proof],
      [10, deny],
      [30, stand],
    ],
    ['watching 0 …', 'unreadable 10 …', 'late 9 30', 'watching 30 …'],
    'watching',
  ],
  [
    'a good stop',
    null,
    [
      [0, list()],
      [0, stand],
      [9, close],
      [10, close],
    ],
    ['watching 0 …', 'closed 9 …'],
    'closed',
  ],
];

describe('coverage', () => {
  test.each(cases)('%s', async (_, lastProof, steps, expected, state) => {
    const clock = new FakeClock(START);
    const written: CoverageObject[] = [];
    const coverage = createCoverage({
      kind: 'pod',
      namespace: 'shop',
      clock,
      lastProofAt: lastProof === null ? null : START + lastProof * 1000,
      write: async (object) => void written.push(object),
    });
    for (const [at, act] of steps) {
      await clock.advance(START + at * 1000 - clock.now());
      await act(coverage, clock.now());
    }
    const seconds = (time: string | null): string => (time === null ? '…' : String((Date.parse(time) - START) / 1000));
    const shown = written.map(
      (one) => `${one.state} ${seconds(one.from)} ${seconds(one.to)}${one.vanished ? ` (${one.vanished})` : ''}`,
    );
    expect(shown).toEqual(expected);
    expect(coverage.state()).toBe(state);
    for (const one of written) expect(Value.Check(CoverageObject, one)).toBe(true);
  });
});
