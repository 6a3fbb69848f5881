import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { generateHistory } from '../../demo/history.ts';
import { createProjector } from '../../ingest/agent/projections/projector.ts';
import { createRedactor } from '../../ingest/agent/redact.ts';
import type { JournalRecord } from '../../platform/bus/journal.ts';
import { createSegmentReader } from '../../platform/bus/segment-reader.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { journalTopic } from '../../schemas/topics.ts';

export const CLUSTER = 'bench';
export const TOPIC = journalTopic(CLUSTER);
const DAYS = 60;
const BATCH = 500;
const PAGE = { maxRecords: 2_000, maxBytes: 8 * 1024 * 1024 };
const END = Date.parse('2026-06-01T00:00:00Z');

/** Writes a simulated cluster's days into a local log at `dir`/journal. */
export async function writeJournal(dir: string): Promise<{ dir: string; entries: number; bytes: number }> {
  const folder = join(dir, 'journal');
  const redact = createRedactor({ extra: [] });
  const project = createProjector({ redact, envHashKey: 'bench', annotations: { allow: [] } });
  const localLog = openLocalLog({
    dir: join(folder, TOPIC),
    topic: TOPIC,
    clock: realClock,
    log: silentLogger,
    metrics: createMetrics(),
    maxBytes: 8 * 1024 ** 3,
  });
  let [entries, bytes] = [0, 0];
  let values: string[] = [];
  const flush = () => localLog.append({ values: values.splice(0), timestamp: END });
  for (const entry of generateHistory({
    name: CLUSTER,
    seed: 'bench',
    from: END - DAYS * 86_400_000,
    to: END,
    project,
    redact,
  })) {
    const value = JSON.stringify(entry);
    values.push(value);
    entries++;
    bytes += value.length;
    if (values.length >= BATCH) await flush();
  }
  await flush();
  await localLog.close();
  return { dir: folder, entries, bytes };
}

/** The first entries of a journal that `writeJournal` has written, as they stand in it. */
export async function readValues(dir: string, entries: number): Promise<string[]> {
  const values: string[] = [];
  for await (const page of pagesOf(dir, entries)) values.push(...page.map(({ value }) => value));
  return values;
}

/** The records of such a journal, page by page. */
export async function* pagesOf(dir: string, entries: number): AsyncGenerator<readonly JournalRecord[]> {
  const segments = createSegmentReader({ dir: join(dir, TOPIC), clock: realClock, onCorrupt: () => undefined });
  try {
    for (let next = 0; next < entries;) {
      const page = segments.page(next, {
        maxRecords: Math.min(PAGE.maxRecords, entries - next),
        maxBytes: PAGE.maxBytes,
      });
      if (page.length === 0) throw new Error(`the journal ends at ${next}`);
      yield page;
      next = page[page.length - 1]!.offset + 1;
    }
  } finally {
    segments.close();
  }
}

/** A copy that a turn's readers may leave their positions in. */
export const copyJournal = (from: string, to: string): Promise<void> =>
  cp(from, join(to, 'journal'), { recursive: true });
