import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { realClock } from '../../platform/clock.ts';
import { createSegmentReader } from '../../platform/bus/segment-reader.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { firstSeed, limitMs, runs } from '../soak.ts';

const WRITER = join(import.meta.dirname, 'backpressure', 'thinning-writer.ts');
const BOUND = 2_000_000;
const KILLS = runs(8);
/** What is kept adds up: after so many kills the log is made anew. */
const KILLS_A_LOG = 50;
const EVERYTHING = { maxRecords: 1_000, maxBytes: 1 << 24 };

function startWriter(dir: string) {
  const child = spawn(process.execPath, [WRITER, dir, String(BOUND)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const state = { last: -1, thinned: 0, whole: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'thinned') state.thinned++;
    else if (line === 'whole') state.whole++;
    else state.last = Number(line);
  });
  return {
    state,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the writer ended by itself');
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Every offset that a reader of another process finds. */
function offsetsIn(dir: string): number[] {
  const reader = createSegmentReader({
    dir,
    clock: realClock,
    onCorrupt: ({ cause }) => {
      throw cause;
    },
  });
  const offsets: number[] = [];
  const { first, next } = reader.bounds();
  for (let from = first; from < next; from = offsets.at(-1)! + 1) {
    const page = reader.page(from, EVERYTHING);
    expect(page.length).toBeGreaterThan(0);
    for (const { offset, value } of page) {
      expect(value.startsWith(`${offset}:`)).toBe(true);
      offsets.push(offset);
    }
  }
  reader.close();
  return offsets;
}

describe('SIGKILL of a writer that thins its log', { timeout: limitMs(180_000) }, () => {
  it(`loses nothing that is to stay, over ${KILLS} kills`, async () => {
    const root = mkdtempSync(join(tmpdir(), 'tidemark-thinning-'));
    let random = firstSeed(7);
    let [dir, thinned, entries, acknowledged] = [root, 0, 0, -1];
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        random = (random * 48_271) % 2_147_483_647;
        if (kill % KILLS_A_LOG === 0) {
          dir = join(root, String(kill));
          entries += acknowledged + 1;
          acknowledged = -1;
        }
        const writer = startWriter(dir);
        const enough = 1 + (random % 6);
        await until('thinnings', async () => writer.state.thinned >= enough);
        await realClock.sleep(random % 40);
        await writer.kill();
        expect(writer.state.whole).toBe(0);
        thinned += writer.state.thinned;
        acknowledged = Math.max(acknowledged, writer.state.last);

        // As another process finds it, and as the next writer does, which sweeps what the kill has left behind.
        const offsets = offsetsIn(dir);
        const log = openLocalLog({
          dir,
          topic: 't',
          clock: realClock,
          log: silentLogger,
          metrics: createMetrics(),
          maxBytes: BOUND,
        });
        const { next } = log.bounds();
        const known = log.known('pod')[0]?.uid;
        await log.close();
        expect(next).toBeGreaterThan(acknowledged);
        expect(known).toBe(String(next - 1));
        const kept = Array.from({ length: Math.ceil(next / 10) }, (_, index) => index * 10);
        expect(offsets.filter((offset) => offset % 10 === 0)).toEqual(kept);
        expect(offsetsIn(dir).filter((offset) => offset % 10 === 0)).toEqual(kept);
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    process.stdout.write(
      `thinning: ${KILLS} kills among ${thinned} thinnings, ${entries + acknowledged + 1} entries, none lost\n`,
    );
  });
});
