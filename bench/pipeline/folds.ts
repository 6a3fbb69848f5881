import type { Bus } from '../../platform/bus/journal.ts';
import type { Store } from '../../platform/store/store.ts';
import { ARCHIVE_GROUP, ARCHIVE_VERSION, createArchiveFold } from '../../processors/journal/archive.ts';
import type { CreateFold } from '../../processors/journal/fold.ts';
import { createJournalProcessor, type JournalProcessorOptions } from '../../processors/journal/runtime.ts';
import { JOURNAL_FOLDS } from '../journal-folds.ts';
import { openBus, openStore, shared, type Place } from './parts.ts';

const POLL_MS = 5;
/** How many groups `startFolds` starts. */
export const GROUPS = 2;

/** The folds as the engine runs them: the archive in a group of its own, all others in one. */
export async function startFolds(bus: Bus, store: Store, options: JournalProcessorOptions) {
  const publisher = await bus.publisher();
  const start = (group: string, version: number, folds: readonly CreateFold[]) =>
    createJournalProcessor({
      ...shared,
      group,
      version,
      folds,
      store,
      publisher,
      reader: (readerOptions) => bus.reader(readerOptions),
      options,
    });
  const processors = [start('journal', 1, JOURNAL_FOLDS), start(ARCHIVE_GROUP, ARCHIVE_VERSION, [createArchiveFold])];
  const failed = Promise.all(processors.map((processor) => processor.run()));
  failed.catch(() => undefined);
  const past = (last: number) =>
    processors.every((processor) => processor.status().some(({ progress }) => progress.position >= last));
  return {
    /** Resolves once both groups have saved their position at `last` or beyond. */
    untilFolded: async (last: number) => {
      while (!past(last)) await Promise.race([shared.clock.sleep(POLL_MS), failed]);
    },
    close: async () => {
      for (const processor of processors) await processor.close();
      await publisher.close();
    },
  };
}

/**
 * Folds a whole journal; answers the seconds until both groups stood at its end. Only a batch that is not full waits for the
 * interval, which is the last one here alone: it is left out, or a short journal would measure that wait.
 */
export async function fold(place: Place): Promise<number> {
  const store = await openStore(place);
  const bus = openBus(place);
  const begin = performance.now();
  const folds = await startFolds(bus, store, { intervalMs: 0 });
  await folds.untilFolded(place.entries - 1);
  const seconds = (performance.now() - begin) / 1000;
  await folds.close();
  await bus.close();
  await store.close();
  return seconds;
}
