import type fs from 'node:fs';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { realClock, type Clock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { LocalLog } from './local-log.ts';
import { listSegments } from './segment.ts';
import { createSegmentReader } from './segment-reader.ts';
import { thinSegments } from './segment-thinning.ts';
import { openLocalLog } from './sqlite-log.ts';

/** How many more changes of the folder a process makes before it is killed: what it does after that does not happen. */
const life = vi.hoisted(() => ({ left: Infinity }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const mortal =
    <Given extends unknown[]>(change: (...given: Given) => void) =>
    (...given: Given): void => {
      if (life.left-- > 0) change(...given);
    };
  return { ...real, renameSync: mortal(real.renameSync), rmSync: mortal(real.rmSync) };
});

const ENTRIES = 60;
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };
const root = mkdtempSync(join(tmpdir(), 'tidemark-kills-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (dir: string): LocalLog =>
  openLocalLog({ dir, topic: 't', clock: eager, log: silentLogger, metrics: createMetrics(), segmentBytes: 100_000 });

/** Every third entry is to be kept. */
const keptOf = (offsets: readonly number[]): number[] => offsets.filter((offset) => offset % 3 === 0);
const KEPT = keptOf(Array.from({ length: ENTRIES }, (_, offset) => offset));

async function makeLog(dir: string): Promise<void> {
  const log = open(dir);
  for (let index = 0; index < ENTRIES; index++) {
    await log.append({ values: ['x'.repeat(10_000)], recoverable: [index % 3 !== 0], timestamp: index });
  }
  await log.close();
}

function offsetsIn(dir: string): number[] {
  const onCorrupt = ({ cause }: { cause: unknown }) => {
    throw cause;
  };
  const reader = createSegmentReader({ dir, clock: realClock, onCorrupt });
  const offsets: number[] = [];
  for (let from = 0; from < reader.bounds().next; from = offsets.at(-1)! + 1)
    offsets.push(...reader.page(from, { maxRecords: 1000, maxBytes: 1 << 24 }).map(({ offset }) => offset));
  reader.close();
  return offsets;
}

describe('a kill in the middle of thinning', { timeout: 60_000 }, () => {
  it('leaves the old files or the new one, whenever it comes', async () => {
    const whole = join(root, 'whole');
    await makeLog(whole);
    const lengths: number[] = [];
    for (let changes = 0; changes < 14; changes++) {
      const dir = join(root, `after-${changes}`);
      cpSync(whole, dir, { recursive: true });
      const [first, second, third] = listSegments(dir);
      life.left = changes;
      try {
        thinSegments(dir, [first!, second!], { next: third!.first, passed: 0 });
      } finally {
        life.left = Infinity;
      }
      expect(keptOf(offsetsIn(dir))).toEqual(KEPT);
      const log = open(dir);
      expect(log.bounds()).toEqual({ first: 0, next: ENTRIES });
      await log.append({ values: ['next'], timestamp: 0 });
      await log.close();
      const offsets = offsetsIn(dir);
      expect(keptOf(offsets)).toEqual([...KEPT, ENTRIES]);
      lengths.push(offsets.length);
    }
    expect(new Set(lengths).size).toBe(2);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
  });
});
