import { realClock } from '../../../platform/clock.ts';
import type { Bus } from '../../../platform/bus/journal.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import type { Store } from '../../../platform/store/store.ts';
import { ARCHIVE_GROUP, ARCHIVE_VERSION, createArchiveFold } from '../../../processors/journal/archive.ts';
import { createCoverageFold } from '../../../processors/journal/coverage.ts';
import { createExceptionsFold } from '../../../processors/journal/exceptions/fold.ts';
import type { CreateFold } from '../../../processors/journal/fold.ts';
import { createJournalProcessor } from '../../../processors/journal/runtime.ts';

export interface Folding {
  /** The least of the groups' last folded offsets; -1 before the first. */
  position(): number;
  close(): Promise<void>;
}

/** The folds as the engine runs them, in this process. */
export async function startFolds(bus: Bus, store: Store): Promise<Folding> {
  const publisher = await bus.publisher();
  const metrics = createMetrics();
  const start = (group: string, version: number, folds: readonly CreateFold[]) => {
    const reader: Bus['reader'] = (options) => bus.reader(options);
    const parts = { reader, store, publisher, clock: realClock, log: silentLogger, metrics };
    const processor = createJournalProcessor({ group, version, folds, ...parts, options: { intervalMs: 200 } });
    const running = processor.run();
    running.catch(() => undefined);
    return { processor, running };
  };
  const started = [
    start('journal', 1, [createExceptionsFold(), createCoverageFold]),
    start(ARCHIVE_GROUP, ARCHIVE_VERSION, [createArchiveFold]),
  ];
  return {
    position: () => Math.min(...started.map(({ processor }) => processor.status()[0]?.progress.position ?? -1)),
    async close() {
      for (const { processor, running } of started) {
        await processor.close();
        await running;
      }
      await publisher.close();
    },
  };
}
