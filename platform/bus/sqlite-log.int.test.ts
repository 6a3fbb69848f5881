import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createLocalBus } from './local-bus.ts';
import { openLocalLog } from './sqlite-log.ts';

const WRITER = join(import.meta.dirname, 'log-writer.fixture.ts');
const PAGE = { maxRecords: 1000, maxBytes: 4 * 1024 * 1024, waitMs: 30_000 };

describe('the local log across processes', () => {
  let root: string;
  let dir: string;
  let writer: ChildProcess | undefined;

  const startWriter = () => {
    const child = spawn(process.execPath, [WRITER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    writer = child;
    const state = { last: -1 };
    createInterface({ input: child.stdout }).on('line', (line) => (state.last = Number(line)));
    return state;
  };
  const kill = async () => {
    const child = writer;
    writer = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  };
  const until = async (what: string, condition: () => boolean) => {
    for (const deadline = Date.now() + 60_000; !condition(); await realClock.sleep(20)) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    }
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tidemark-log-'));
    dir = join(root, 't');
  });
  afterEach(async () => {
    await kill();
    rmSync(root, { recursive: true, force: true });
  });

  it('loses nothing that was acknowledged when its writer is killed, and keeps what is known with its entry', async () => {
    for (let round = 0; round < 3; round++) {
      const state = startWriter();
      await until('entries', () => state.last >= (round + 1) * 25);
      expect(() => open()).toThrow(expect.objectContaining({ code: 'conflict' }));
      await kill();
      const log = open();
      const { next } = log.bounds();
      expect(next).toBeGreaterThan(state.last);
      expect(log.known('pod')[0]?.uid).toBe(String(next - 1));
      expect(log.meta('last')).toBe(String(next - 1));
      const seen: number[] = [];
      while (seen.length < next)
        seen.push(...(await log.read(seen.length, PAGE)).map(({ value }) => Number(value.split(':')[0])));
      expect(seen).toEqual(Array.from({ length: next }, (_, index) => index));
      await log.close();
    }
  });

  it('is read by another process while it is written, across rolls and a kill', async () => {
    startWriter();
    const bus = createLocalBus({ dir: root, clock: realClock, log: silentLogger, metrics: createMetrics() });
    const seen: number[] = [];
    const reader = bus.reader({ group: 'g', accepts: () => true });
    const ended = reader.run(async (partition) => {
      while (!partition.signal.aborted) {
        const records = await partition.read(seen.length, PAGE).catch((error: { code?: string }) => {
          if (error.code === 'aborted') return [];
          throw error;
        });
        seen.push(...records.map(({ offset }) => offset));
        await partition.saved(seen.length);
      }
    });
    await until('entries', () => seen.length > 60);
    await kill();
    startWriter();
    const before = seen.length;
    await until('entries after the kill', () => seen.length > before + 60);
    await reader.close();
    await ended;
    await bus.close();
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index));
  });

  function open() {
    return openLocalLog({
      dir,
      topic: 't',
      clock: realClock,
      log: silentLogger,
      metrics: createMetrics(),
      segmentBytes: 200_000,
    });
  }
});
