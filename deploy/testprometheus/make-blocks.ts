import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { prometheusPrograms } from './prometheus-packages.ts';

const run = promisify(execFile);

/**
 * The spans of Prometheus' blocks: 2 h, times three each. promtool reads its whole input once for every block, so the text of one
 * call of `makeBlocks` should lie in one span (aligned to the epoch) or few.
 */
export const BLOCK_MS = { '2h': 7_200_000, '6h': 21_600_000, '18h': 64_800_000, '54h': 194_400_000 } as const;

export interface BlockOptions {
  /** The longest block; `18h` unless said. */
  span?: keyof typeof BLOCK_MS;
}

/** OpenMetrics text, whole or in pieces of any size; its last line is `# EOF`. */
export type OpenMetricsText = string | Iterable<string> | AsyncIterable<string>;

/**
 * Makes blocks of Prometheus' storage in `dir` from OpenMetrics text with timestamps in seconds (`name{…} value timestamp`), by
 * `promtool tsdb create-blocks-from openmetrics`. Times are truncated to milliseconds: fractions that binary holds exactly
 * (eighths of a second) stay as they are. Text of any length is streamed to a file beside the blocks, which goes afterwards.
 * Rejects with promtool's words where the text is not OpenMetrics.
 */
export async function makeBlocks(dir: string, text: OpenMetricsText, options: BlockOptions = {}): Promise<void> {
  await makeBlocksOf(dir, [text], options);
}

/**
 * Makes the blocks of one text after another; while promtool works at one, the next is written, never two at once. For more than
 * a block's span of many samples: each text one span.
 */
export async function makeBlocksOf(
  dir: string,
  texts: Iterable<OpenMetricsText>,
  options: BlockOptions = {},
): Promise<void> {
  const { promtool } = await prometheusPrograms();
  mkdirSync(dir, { recursive: true });
  const work = await mkdtemp(`${dir.replace(/\/+$/, '')}-making-`);
  const take = async (file: string) => {
    const span = `--max-block-duration=${options.span ?? '18h'}`;
    await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', span, file, dir], {
      maxBuffer: 64 << 20,
    });
    await rm(file);
  };
  let taken = Promise.resolve();
  let number = 0;
  try {
    for (const text of texts) {
      const file = join(work, `${number++}.om`);
      await pipeline(Readable.from(typeof text === 'string' ? [text] : text), createWriteStream(file));
      await taken;
      taken = take(file);
      // Awaited in the next round: a rejection until then is not an unhandled one.
      taken.catch(() => undefined);
    }
    await taken;
  } finally {
    await Promise.allSettled([taken]);
    await rm(work, { recursive: true, force: true });
  }
}
