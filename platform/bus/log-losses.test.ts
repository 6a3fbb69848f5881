import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, realClock, type Clock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { LOSSES_TOLD, type LocalLog } from './local-log.ts';
import { openLosses, type LossLedger, type LostSegment } from './log-losses.ts';
import type { DroppedRange } from './relief.ts';
import { listSegments } from './segment.ts';
import { createSegmentReader } from './segment-reader.ts';
import { openLocalLog, type LocalLogOptions } from './sqlite-log.ts';

/** Commits each append at once. */
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };
const range = { recoverable: 1, irrecoverable: 2, first: 0, next: 3, fromMs: 5, toMs: 6, thinned: true };

let dir: string;
let told: (LostSegment | DroppedRange)[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-losses-'));
  told = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (options: Partial<LocalLogOptions> = {}): LocalLog => {
  const tell = (loss: LostSegment | DroppedRange) => void told.push(loss);
  const common = { dir, topic: 't', clock: eager, log: silentLogger, metrics: createMetrics() };
  return openLocalLog({ ...common, onCorrupt: tell, onDropped: tell, ...options });
};
const damage = (path: string) => writeFileSync(path, readFileSync(path).fill(7, 0, 4096));
const life = async (work: (log: LocalLog) => Promise<unknown> = () => Promise.resolve(), options = {}) => {
  told = [];
  const log = open(options);
  await work(log);
  await log.close();
  return told;
};
const acknowledge = (log: LocalLog) =>
  log.append({ values: ['told'], timestamp: 1, meta: { [LOSSES_TOLD]: String(told.at(-1)!.id) } });

describe('a loss', () => {
  it('of an unreadable segment is told at every opening until a commit says that it is told', async () => {
    await life((log) => log.append({ values: ['a', 'b'], timestamp: 1 }));
    damage(listSegments(dir)[0]!.path);
    const first = await life();
    expect(first).toMatchObject([{ first: 0, fromMs: expect.any(Number), toMs: expect.any(Number) }]);
    expect(await life()).toEqual(first);
    expect(await life(acknowledge)).toEqual(first);
    expect(await life()).toEqual([]);
  });

  it('at the bound is told at every opening until a commit says that it is told', async () => {
    const fill = async (log: LocalLog) => {
      for (let index = 0; index < 30; index++) await log.append({ values: ['x'.repeat(100_000)], timestamp: index });
    };
    const bound = { maxBytes: 1_000_000 };
    const first = await life(fill, bound);
    expect(first.length).toBeGreaterThan(1);
    expect(await life(undefined, bound)).toEqual(first);
    await life(acknowledge, bound);
    expect((await life(undefined, bound)).filter(({ id }) => id <= first.at(-1)!.id)).toEqual([]);
  });

  it('that a commit acknowledged is not told again, though a kill left the file as it was', async () => {
    await life((log) => log.append({ values: ['a', 'b'], timestamp: 1 }));
    damage(listSegments(dir)[0]!.path);
    await life();
    const kept = readFileSync(join(dir, 'losses.json'));
    await life(acknowledge);
    writeFileSync(join(dir, 'losses.json'), kept);
    expect(await life()).toEqual([]);
  });

  it('that a reader found while nobody wrote is told at the next opening, once', async () => {
    await life(
      async (log) => {
        for (let index = 0; index < 3; index++)
          await log.append({ values: ['x'.repeat(200_000), 'y'], timestamp: index });
      },
      { segmentBytes: 100_000 },
    );
    const [, second, third] = listSegments(dir);
    damage(second!.path);
    const reader = createSegmentReader({ dir, clock: realClock, onCorrupt: () => undefined });
    reader.page(second!.first, { maxRecords: 1, maxBytes: 1 });
    reader.close();
    expect(await life()).toMatchObject([{ first: second!.first, next: third!.first }]);
    await life(acknowledge);
    expect(await life()).toEqual([]);
  });
});

describe('the ledger', () => {
  const openLedger = (onTrouble: (error: unknown) => void = () => undefined): LossLedger =>
    openLosses({ dir, clock: new FakeClock(1_000), keep: true, onTrouble });

  it('numbers upwards, whatever the clock says and though all was told', () => {
    const ledger = openLedger();
    const ids = [ledger.dropped(range).id, ledger.dropped(range).id];
    ledger.told(ids[1]!);
    expect(openLedger().untold()).toEqual([]);
    ids.push(openLedger().dropped(range).id);
    expect(ids).toEqual([1_000, 1_001, 1_002]);
  });

  it('does not keep what did not come about', () => {
    const ledger = openLedger();
    const { id } = ledger.dropped(range);
    const stays = ledger.dropped(range);
    ledger.takeBack([id]);
    expect(openLedger().untold()).toEqual([{ kind: 'dropped', loss: stays }]);
  });

  it('joins the oldest ranges when they become too many, and loses no entry of the count', () => {
    const ledger = openLedger();
    for (let index = 0; index < 1_010; index++) ledger.dropped({ ...range, first: 3 * index, next: 3 * index + 3 });
    const kept = openLedger().untold();
    expect(kept).toHaveLength(1_000);
    expect(kept[0]).toMatchObject({ loss: { first: 0, next: 33, recoverable: 11, irrecoverable: 22 } });
  });

  it('goes on without a disk that takes it, and writes it later', () => {
    const troubles: unknown[] = [];
    const ledger = openLedger((error) => troubles.push(error));
    mkdirSync(join(dir, 'losses.json'));
    const kept = ledger.dropped(range);
    expect(troubles).toHaveLength(1);
    rmSync(join(dir, 'losses.json'), { recursive: true });
    ledger.save();
    expect(openLedger().untold()).toEqual([{ kind: 'dropped', loss: kept }]);
  });

  it.each(['', '{', '[]', '{"kept":{"a":1},"aside":7,"last":"x"}', '{"kept":[null,{"kind":"dropped"},7]}'])(
    'stands a file that is none: %s',
    (text) => {
      writeFileSync(join(dir, 'losses.json'), text);
      const ledger = openLedger();
      expect(ledger.untold()).toEqual([]);
      expect(ledger.dropped(range).id).toBe(1_000);
    },
  );
});
