import { setImmediate as nextTurn } from 'node:timers/promises';
import { BLOCK_MS, makeBlocksOf, type BlockOptions } from '../../deploy/testprometheus/make-blocks.ts';
import { jsonLines, openMetricsTexts } from './generate-text.ts';
import type { UsageSeries } from './generate.ts';

const BODY_CHARACTERS = 16 << 20;

/**
 * Puts the series into blocks of Prometheus' storage in `dir`, by promtool, a block's span at a time: what is to be compared in bytes,
 * up to some ten million samples. `writeBlocks` takes more.
 */
export async function importIntoBlocks(
  dir: string,
  series: readonly UsageSeries[],
  options: BlockOptions = {},
): Promise<void> {
  await makeBlocksOf(dir, openMetricsTexts(series, BLOCK_MS[options.span ?? '18h']), options);
}

/** Puts the series into VictoriaMetrics by its JSON lines, and makes them visible. Rejects where it refuses. */
export async function importIntoVictoriaMetrics(url: string, series: Iterable<UsageSeries>): Promise<void> {
  const send = async (body: string) => {
    const response = await fetch(`${url}/api/v1/import`, { method: 'POST', body });
    if (!response.ok)
      throw new Error(`VictoriaMetrics refused the samples (${response.status}): ${await response.text()}`);
  };
  let body = '';
  let sent = Promise.resolve();
  for (const piece of jsonLines(series)) {
    body += piece;
    // Lets the body before go out while the next is made.
    await nextTurn();
    if (body.length < BODY_CHARACTERS) continue;
    await sent;
    sent = send(body);
    // Awaited in a later round: a rejection until then is not an unhandled one.
    sent.catch(() => undefined);
    body = '';
  }
  await sent;
  if (body !== '') await send(body);
  const flushed = await fetch(`${url}/internal/force_flush`);
  if (!flushed.ok) throw new Error(`VictoriaMetrics did not flush (${flushed.status})`);
}
