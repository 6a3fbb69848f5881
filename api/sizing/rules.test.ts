import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { Autoscaler, Evidence } from './evidence.ts';
import { judge } from './judge.ts';
import { DEFAULT_SIZING, SizingOptions } from './options.ts';
import { MIB } from './quantity.ts';
import { NO_PLAN } from './recommendation.ts';
import { overProvisioned } from './rules-use.ts';
import { asking, evidence, spread } from './testing/evidence.ts';
import { REASON_CODES, textOf } from './texts.ts';

const hpa = (more: Partial<Autoscaler> = {}): Autoscaler => ({
  name: 'web',
  minReplicas: 2,
  maxReplicas: 10,
  cpuTargetPercent: 60,
  memoryTargetPercent: null,
  ...more,
});
const oom = { kills: 1, lastMs: 0, container: 'app', limitBytes: 128 * MIB };
/** Half of what is requested is idle, and nothing else is to be said. */
const idle = asking('cpu', { request: 0.4 });

interface Case {
  readonly what: string;
  readonly given: Evidence;
  readonly verdicts: readonly string[];
  readonly options?: Partial<SizingOptions>;
}
type Line = readonly [what: string, given: Evidence, verdicts: readonly string[], options?: Partial<SizingOptions>];

const LINES: readonly Line[] = [
  ['what is as it should be', evidence(), ['fine']],

  ['a third of the request idle', asking('cpu', { request: 0.18 }), ['over-provisioned']],
  ['50 m and less than 30 % idle', asking('cpu', { request: 0.17 }), ['fine']],
  [
    'just 30 % of what is large enough',
    asking('cpu', { request: 1.65 / 0.7 }, evidence({ cpu: spread(1.4) })),
    ['over-provisioned'],
  ],
  ['a little less than 30 %', asking('cpu', { request: 2.3 }, evidence({ cpu: spread(1.4) })), ['fine']],
  ['50 m idle of little', asking('cpu', { request: 0.07 }, evidence({ cpu: spread(0.01) })), ['over-provisioned']],
  ['less than 50 m idle of little', asking('cpu', { request: 0.069 }, evidence({ cpu: spread(0.01) })), ['fine']],
  ['64 MiB of memory idle', asking('memory', { request: 192 * MIB, limit: 192 * MIB }), ['over-provisioned']],
  ['48 MiB of memory idle', asking('memory', { request: 176 * MIB, limit: 176 * MIB }), ['fine']],

  ['p95 above the request', asking('cpu', { request: 0.08 }), ['under-provisioned']],
  ['p95 at 105 % of the request', asking('cpu', { request: 0.1 }, evidence({ cpu: spread(0.105) })), ['fine']],
  [
    'p95 above 105 % of the request',
    asking('cpu', { request: 0.1 }, evidence({ cpu: spread(0.1051) })),
    ['under-provisioned'],
  ],
  ['memory above its request', asking('memory', { request: 64 * MIB }), ['under-provisioned']],
  [
    'memory at 95 % of its limit',
    asking('memory', { limit: 100 * MIB }, evidence({ memory: spread(80 * MIB, { max: 95 * MIB }) })),
    ['under-provisioned'],
  ],
  [
    'memory just below',
    asking('memory', { limit: 100 * MIB }, evidence({ memory: spread(80 * MIB, { max: 94.9 * MIB }) })),
    ['fine'],
  ],

  ['no CPU request', asking('cpu', { request: null }), ['no-request']],
  ['no memory request', asking('memory', { request: null }), ['no-request']],
  ['requests that are not known', asking('cpu', { request: null, known: false }), ['fine']],
  ['no memory limit', asking('memory', { limit: null }), ['no-limit']],
  ['a memory limit that is not known', asking('memory', { limit: null, known: false }), ['fine']],
  ['no CPU limit where limits are wanted', evidence(), ['no-limit'], { cpu_limits: 'keep' }],

  ['throttled', evidence({ throttled: 0.05 }), ['throttled']],
  ['throttled a little', evidence({ throttled: 0.0499 }), ['fine']],
  ['throttling that is not known', evidence({ throttled: null }), ['fine']],
  ['never throttled, whatever the threshold', evidence({ throttled: 0 }), ['fine'], { throttled_percent: 0 }],

  ['OOM-killed', evidence({ oom }), ['oom-killed']],

  ['scaled by CPU', evidence({ autoscaler: hpa(), podsWhileThere: 4 }), ['hpa-driven']],
  [
    'scaled by CPU, above its request at times',
    asking('cpu', { request: 0.08 }, evidence({ autoscaler: hpa(), podsWhileThere: 4 })),
    ['hpa-driven'],
  ],
  ['scaled by CPU, idle by its target', { ...idle, autoscaler: hpa(), podsWhileThere: 4 }, ['hpa-driven']],
  [
    'idle with the least replicas',
    { ...idle, autoscaler: hpa(), podsWhileThere: 2.1 },
    ['over-provisioned', 'hpa-driven'],
  ],
  ['idle with little more than these', { ...idle, autoscaler: hpa(), podsWhileThere: 2.11 }, ['hpa-driven']],
  [
    'above the target with the most replicas',
    evidence({ autoscaler: hpa(), podsWhileThere: 9.5 }),
    ['under-provisioned', 'hpa-driven'],
  ],
  ['above the target, with replicas left', evidence({ autoscaler: hpa(), podsWhileThere: 9.4 }), ['hpa-driven']],
  [
    'at its target with the most replicas',
    evidence({ cpu: spread(0.12, { avg: 0.079 }), autoscaler: hpa(), podsWhileThere: 10 }),
    ['hpa-driven'],
  ],
  [
    'scaled by memory, idle in CPU',
    { ...idle, autoscaler: hpa({ cpuTargetPercent: null, memoryTargetPercent: 80 }), podsWhileThere: 4 },
    ['over-provisioned', 'hpa-driven'],
  ],
  [
    'an autoscaler that cannot scale',
    { ...idle, autoscaler: hpa({ minReplicas: 2, maxReplicas: 2 }), podsWhileThere: 4 },
    ['over-provisioned'],
  ],

  ['less than a day', { ...idle, knownHours: 23.9 }, ['too-little-data']],
  ['a day', { ...idle, knownHours: 24 }, ['over-provisioned']],
  ['less than half known', { ...idle, knownShare: 0.49 }, ['too-little-data']],
  ['half known', { ...idle, knownShare: 0.5 }, ['over-provisioned']],
  ['nothing known', { ...idle, cpu: spread(null), memory: spread(null) }, ['too-little-data']],
  [
    'a job of an hour',
    { ...idle, kind: 'CronJob', knownHours: 0.5, knownShare: 0.01, podHours: 1 },
    ['over-provisioned'],
  ],
  ['a job of less', { ...idle, kind: 'Job', podHours: 0.9 }, ['too-little-data']],
  ['use is not judged of too little', { ...idle, knownHours: 1, throttled: 1 }, ['too-little-data']],

  [
    'a GPU with nothing to do',
    asking('gpu', { request: 1, limit: 1 }, evidence({ gpu: spread(0.099) })),
    ['over-provisioned'],
  ],
  ['a GPU at 10 %', asking('gpu', { request: 1, limit: 1 }, evidence({ gpu: spread(0.1) })), ['fine']],
  ['a GPU of which nothing is known', asking('gpu', { request: 1, limit: 1 }), ['fine']],
  ['idle use of no GPU', evidence({ gpu: spread(0.01) }), ['fine']],

  [
    'everything at once',
    asking(
      'memory',
      { request: null, limit: null },
      { ...idle, oom, throttled: 0.5, autoscaler: hpa({ cpuTargetPercent: 50 }), podsWhileThere: 2 },
    ),
    ['oom-killed', 'throttled', 'no-request', 'over-provisioned', 'hpa-driven', 'no-limit'],
  ],
  [
    'what is on record of too little data',
    asking('cpu', { request: null }, evidence({ knownHours: 1, oom, autoscaler: hpa() })),
    ['oom-killed', 'too-little-data', 'no-request', 'hpa-driven'],
  ],
];

const CASES = LINES.map(([what, given, verdicts, options = {}]): Case => ({ what, given, verdicts, options }));

it.each(CASES)('$what', ({ given, verdicts, options }) => {
  const judged = judge(given, { ...DEFAULT_SIZING, ...options });
  expect(judged.verdicts).toEqual(verdicts);
  expect(judged.verdict).toBe(verdicts[0]);
});

it('has a reason for every verdict but fine, in their order, and a sentence for every reason', () => {
  for (const { given, verdicts, options } of CASES) {
    const { reasons } = judge(given, { ...DEFAULT_SIZING, ...options });
    const said = reasons.map(({ verdict }) => verdict).filter((verdict) => verdict !== null);
    expect([...new Set(said)]).toEqual(verdicts.filter((verdict) => verdict !== 'fine'));
    for (const reason of reasons) {
      expect(REASON_CODES).toContain(reason.code);
      expect(textOf(reason)).toMatch(/^[A-Z\d].*\.$/);
      expect(textOf(reason)).not.toMatch(/undefined|NaN|null/);
    }
  }
});

it('says of an autoscaler why a low mean is no waste, or is', () => {
  const say = (pods: number) =>
    judge({ ...idle, autoscaler: hpa(), podsWhileThere: pods }, DEFAULT_SIZING)
      .reasons.map(textOf)
      .join(' ');
  expect(say(4)).toContain('a low mean is no waste');
  expect(say(2)).toContain('idle requests are waste after all');
});

it('calls nothing over-provisioned that an autoscaler holds to its target, whatever is recommended', () => {
  const plan = { ...NO_PLAN, request: 0.01 };
  const over = (pods: number) =>
    overProvisioned(
      { ...idle, autoscaler: hpa(), podsWhileThere: pods },
      { cpu: plan, memory: NO_PLAN },
      DEFAULT_SIZING,
    );
  expect(over(4)).toEqual([]);
  expect(over(2)).toHaveLength(1);
});

describe('options', () => {
  it('are as the configuration has them where it says nothing', () => {
    expect(Value.Default(SizingOptions, {})).toEqual(DEFAULT_SIZING);
  });

  it('are told from what they may not be', () => {
    expect(Value.Check(SizingOptions, { ...DEFAULT_SIZING, cpu_limits: 'drop' })).toBe(false);
    expect(Value.Check(SizingOptions, { ...DEFAULT_SIZING, min_known_percent: 101 })).toBe(false);
  });
});
