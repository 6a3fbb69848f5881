import { afterEach, expect } from 'vitest';
import { SettlingClock } from './settling-clock.ts';
import { silentLogger } from '../../platform/log.ts';
import type { Known } from '../../platform/bus/local-log.ts';
import type { CoverageObject } from '../../schemas/objects.ts';
import { createCoverage } from './coverage.ts';
import type { FakeApi } from './fake-api.ts';
import { createKnownObjects, type Change } from './known-objects.ts';
import { createReflector } from './reflector.ts';
import { REFLECTOR_DEFAULTS, type ReflectorOptions } from './reflector-deps.ts';
import { SOURCES } from './sources.ts';
import type { BadLine } from './watch-lines.ts';

const source = SOURCES.find((one) => one.name === 'pod') as (typeof SOURCES)[number];
export const isWatch = (path: string): boolean => path.includes('watch=true');
export const isList = (path: string): boolean => !isWatch(path);
export const START = Date.parse('2026-01-01T00:00:00Z');

const running: AbortController[] = [];
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort();
});

/** For tests: a reflector against a fake API server, with everything it says written down. */
export function startReflector(given: {
  api: FakeApi;
  options?: Partial<ReflectorOptions>;
  known?: Known[];
  lastProofAt?: number | null;
  lastFullAt?: number | null;
  resumeFrom?: string | null;
  deliver?: (changes: readonly Change[]) => Promise<void>;
}) {
  const clock = new SettlingClock(START);
  const told: string[] = [];
  const coverage: string[] = [];
  const bad: BadLine[] = [];
  const reached: string[] = [];
  const counts: Record<string, number> = {};
  const seconds = (time: string | null): string => (time === null ? '…' : `${(Date.parse(time) - START) / 1000}`);
  const tracker = createCoverage({
    kind: 'pod',
    namespace: '',
    clock,
    lastProofAt: given.lastProofAt ?? null,
    write: async (object: CoverageObject) => {
      coverage.push(`${object.state} ${seconds(object.from)} ${seconds(object.to)} ${object.vanished}`);
    },
  });
  const reflector = createReflector({
    watched: { source, namespace: '' },
    transport: given.api,
    clock,
    random: () => 0,
    log: silentLogger,
    known: createKnownObjects(source, given.known ?? []),
    coverage: tracker,
    options: { ...REFLECTOR_DEFAULTS, ...given.options },
    lastFullAt: given.lastFullAt ?? null,
    resumeFrom: given.resumeFrom ?? null,
    onReached: (version) => void reached.push(version),
    deliver:
      given.deliver ??
      (async (changes) => void told.push(...changes.map((one) => `${one.op} ${one.name} ${one.resourceVersion}`))),
    onFullList: () => undefined,
    mayRetell: () => true,
    onBadLine: (_, line) => void bad.push(line),
    count: (name, by = 1) => void (counts[name] = (counts[name] ?? 0) + by),
  });
  const controller = new AbortController();
  running.push(controller);
  const ended = reflector.run(controller.signal);
  ended.catch(() => undefined);
  const until = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; i < 500 && !condition(); i++) await clock.advance(0);
    expect(
      condition(),
      `never came: ${condition.toString()}; told ${told.join(', ')}; coverage ${coverage.join(', ')}`,
    ).toBe(true);
  };
  const watching = async (count: number): Promise<void> => {
    await until(() => given.api.watches.length === count);
    if (tracker.state() !== 'watching') await clock.advance(2_000);
    await until(() => tracker.state() === 'watching');
  };
  return { clock, told, coverage, bad, reached, counts, tracker, reflector, controller, ended, until, watching };
}

export const last = (api: FakeApi) => api.watches.at(-1) as (typeof api.watches)[number];
export const versionAsked = (api: FakeApi): string | null =>
  new URLSearchParams(last(api).path.split('?')[1]).get('resourceVersion');
