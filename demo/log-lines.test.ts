import { describe, expect, it } from 'vitest';
import { catalogue } from './scenarios/catalogue.ts';
import { instanceLog, type Instance } from './cluster/container-logs.ts';
import { crash, RARE_DEATHS, START_DEATHS } from './scenarios/deaths.ts';
import type { Ending } from './scenarios/log-lines.ts';

const START = Date.parse('2026-11-20T12:00:00.000Z');
const apps = new Map(catalogue(1).map((app) => [app.name, app]));
const ESC = String.fromCodePoint(0x1b);

function logOf(name: string, ending: Ending | null, { id = 'containerd://1', livedMs = 3_600_000 } = {}): string[] {
  const app = apps.get(name);
  if (!app) throw new Error(`no application ${name}`);
  const voice = { app: name, version: '1.4.0', runtime: app.runtime };
  const finishedAt = START + livedMs;
  const instance: Instance = { containerId: id, voice, startedAt: START, finishedAt, ending };
  return instanceLog(instance, finishedAt).map(({ text }) => text);
}
const exitCodeOf = (name: string, ending: Ending): number | undefined => {
  const app = apps.get(name);
  return app && crash(app, ending).exitCode;
};

describe('a dead container’s log', () => {
  it.each<[string, Ending, number, RegExp]>([
    ['checkout', 'preload', 3, /Terminating due to java\.lang\.OutOfMemoryError: Java heap space/],
    ['search', 'bug', 1, /java\.lang\.NullPointerException: [^]*\n\tat com\.acme\.search\.OrderService/],
    ['search', 'heap', 3, /java\.lang\.OutOfMemoryError: Java heap space/],
    ['search', 'segfault', 134, /SIGSEGV \(0xb\)/],
    ['pricing', 'bug', 2, /panic: runtime error: invalid memory address[^]*goroutine 118 \[running\]:/],
    ['refunds', 'map-race', 2, /fatal error: concurrent map writes/],
    ['recommendations', 'no-module', 1, /Traceback [^]*\nModuleNotFoundError: No module named 'lightgbm'/],
    ['label-printer', 'bug', 1, /UnicodeEncodeError: .*生僻字/],
    ['shipping', 'bug', 1, /IllegalArgumentException: 未知的仓库编号/],
    ['tracking', 'rejection', 1, /UnhandledPromiseRejection[^]*StreamClosedError/],
    ['cart', 'heap', 134, /JavaScript heap out of memory/],
    ['ingress', 'dependency', 1, /\[emerg\] 1#1: host not found in upstream/],
    ['postgres', 'bug', 1, /PANIC: {2}could not write to file "pg_wal/],
  ])('of %s after %s agrees with exit code %d', (name, ending, exitCode, words) => {
    expect(exitCodeOf(name, ending)).toBe(exitCode);
    const log = logOf(name, ending);
    expect(log.slice(-30).join('\n')).toMatch(words);
    expect(log.length).toBeGreaterThanOrEqual(30);
    expect(log.length).toBeLessThanOrEqual(430);
  });

  it('holds little or much of the traffic before, as its newest file happens to', () => {
    const lengths = Array.from({ length: 60 }, (_, i) => logOf('cart', 'bug', { id: `containerd://${i}` }).length);
    expect(Math.min(...lengths)).toBeLessThan(60);
    expect(Math.max(...lengths)).toBeGreaterThan(200);
  });

  it('comes in colours, as JSON and in Chinese', () => {
    expect(logOf('tracking', null).some((line) => line.includes(ESC))).toBe(true);
    expect(logOf('shipping', null).some((line) => /\p{Script=Han}/u.test(line))).toBe(true);
    const requests = logOf('cart', null).slice(10);
    expect(requests.map((line) => typeof (JSON.parse(line) as { msg: unknown }).msg)).not.toContain('undefined');
  });

  it('is empty where the program never ran, and a shell’s one word where it was not found', () => {
    expect(logOf('cart', 'never-ran')).toEqual([]);
    expect(logOf('cart', 'not-found')).toEqual(['/bin/sh: 1: cart-server: not found']);
  });
});

it('has an end for each exit code that has a meaning of its own', () => {
  const app = apps.get('pricing');
  const deaths = app ? [...RARE_DEATHS, ...START_DEATHS].map((deathOf) => deathOf(app)) : [];
  const codes = new Set(deaths.map(({ exitCode }) => exitCode));
  for (const code of [125, 126, 127, 128, 132, 134, 135, 136, 137, 143, 255]) expect(codes).toContain(code);
});
