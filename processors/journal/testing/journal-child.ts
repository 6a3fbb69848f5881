/** A processor as a process of its own, to be killed: `journal-child.ts FOLDER ENTRIES BATCH`; tells on standard output where it is. */
import { mkdir } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createArchiveFold } from '../archive.ts';
import { createJournalProcessor } from '../runtime.ts';
import { createCountFold } from './count-fold.ts';
import { fakePublisher, fakeReader, journalOf, numberedEntries } from './fake-journal.ts';
import { openTestStore } from './open-test-store.ts';

const [path = '', count = '0', batch = '100'] = process.argv.slice(2);
await mkdir(path, { recursive: true });
const store = await openTestStore(path);
const noStep = () => Promise.resolve();
const processor = createJournalProcessor({
  group: 'journal',
  version: 1,
  folds: [createArchiveFold, createCountFold],
  reader: fakeReader(journalOf(numberedEntries(Number(count))), noStep).reader,
  store,
  // Publishing lies between the rows and the state: a kill on this line comes at the worst time.
  publisher: fakePublisher(() => Promise.resolve(void writeSync(1, 'publishing\n'))),
  clock: realClock,
  log: silentLogger,
  metrics: createMetrics(),
  options: { maxRecords: Number(batch), settleMs: 1, intervalMs: 1 },
});
await processor.run();
await store.close();
writeSync(1, 'done\n');
