import type { JournalRecord } from '../../platform/bus/journal.ts';
import { foldBatch, type LiveFold } from '../../processors/journal/fold-batch.ts';
import { FoldMemory } from '../../processors/journal/fold-memory.ts';
import type { CreateFold } from '../../processors/journal/fold.ts';
import { noSequence } from '../../processors/journal/sequence.ts';
import { JOURNAL_FOLDS } from '../journal-folds.ts';
import { finish } from '../turn.ts';
import { CLUSTER, pagesOf, TOPIC } from './journal.ts';
import type { Place } from './parts.ts';

// One turn: what each fold of the group costs for an entry, in microseconds of this thread's CPU: that of the folds up to it, less
// that of those before it, since each hears the rows of those. `read` is what an entry costs with no fold at all: parsed and checked.

const REPEATS = 3;

/** CPU milliseconds of a whole journal through these folds, in memory. */
async function cpuOf(create: readonly CreateFold[], pages: readonly (readonly JournalRecord[])[]): Promise<number> {
  const folds = create.map((make): LiveFold => ({ fold: make(CLUSTER), memory: new FoldMemory() }));
  for (const { fold, memory } of folds) fold.restore?.(memory);
  const life = { group: 'journal', topic: TOPIC, logId: 'bench' };
  const { signal } = new AbortController();
  let sequence = noSequence;
  const before = process.threadCpuUsage();
  for (const records of pages) {
    ({ sequence } = await foldBatch({ life, cluster: CLUSTER, records, folds, sequence, gap: '', signal }));
    for (const { memory } of folds) memory.takeChanges();
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

const place = JSON.parse(process.argv[2] ?? '{}') as Place;
const pages: (readonly JournalRecord[])[] = [];
for await (const page of pagesOf(place.journal, place.entries)) pages.push(page);
const chains = [[], ...JOURNAL_FOLDS.map((_, at) => JOURNAL_FOLDS.slice(0, at + 1))];
const least = chains.map(() => Infinity);
for (let repeat = 0; repeat < REPEATS; repeat++) {
  for (const [at, chain] of chains.entries()) least[at] = Math.min(least[at]!, await cpuOf(chain, pages));
}
const names = ['read', ...JOURNAL_FOLDS.map((create) => create(CLUSTER).name)];
const costs = names.map((name, at) => [name, ((least[at]! - (least[at - 1] ?? 0)) * 1000) / place.entries] as const);
finish(Object.fromEntries(costs));
