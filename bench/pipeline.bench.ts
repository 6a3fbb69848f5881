import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyJournal, writeJournal } from './pipeline/journal.ts';
import { lineOf, median } from './report.ts';
import { alternate, turn } from './turn.ts';

// A journal of some 90,000 entries (190 MB) in a local log, through every fold into the embedded engine; beside it the least that
// keeps the same entries: read, JSON.parse, and one insert a batch into one table. Entries a second, each turn with a fresh
// process and store.

const TURNS = 3;
const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
try {
  const journal = await writeJournal(dir);
  console.log(`${journal.entries} entries, ${Math.round(journal.bytes / 1e6)} MB`);
  const file = new URL('pipeline/reader.ts', import.meta.url);
  let at = 0;
  const rates = await alternate(['folds', 'bare'], TURNS, async (name) => {
    const copy = join(dir, String(at++));
    await copyJournal(journal.dir, copy);
    const rate = await turn(file, [name, copy]);
    await rm(copy, { recursive: true });
    return rate;
  });
  const [ours, peer] = [median(rates.folds), median(rates.bare)];
  console.log(lineOf({ bench: 'pipeline', metric: 'entries_per_second', ours, peer, aim: 0.5 }));
} finally {
  await rm(dir, { recursive: true });
}
