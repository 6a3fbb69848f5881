import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { generateHistory } from '../../demo/history.ts';
import { createProjector } from '../../ingest/agent/projections/projector.ts';
import { createRedactor } from '../../ingest/agent/redact.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { journalTopic } from '../../schemas/topics.ts';

export const CLUSTER = 'bench';
export const TOPIC = journalTopic(CLUSTER);
const DAYS = 60;
const BATCH = 500;
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

/** A copy that a turn's readers may leave their positions in. */
export const copyJournal = (from: string, to: string): Promise<void> =>
  cp(from, join(to, 'journal'), { recursive: true });
