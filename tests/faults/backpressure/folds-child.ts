/**
 * Run as a child by a test: the folds over a folder of local logs and a store that takes its time for every insert. Says
 * every 100 ms how far they are and what memory it took at most.
 */
import { createLocalBus } from '../../../platform/bus/local-bus.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { startFolds } from './folded.ts';
import { measurePeak, type Peak } from './measured.ts';

export interface FoldsSay {
  readonly position: number;
  readonly peak: Peak;
}

const SLOW_MS = 300;
const [dir = '', url = ''] = process.argv.slice(2);
const peak = measurePeak();
const parts = { clock: realClock, log: silentLogger, metrics: createMetrics() };
const store = createStore({ ...parts, target: { url } });
const slow: typeof store = {
  ...store,
  insert: async (...given) => {
    await realClock.sleep(SLOW_MS);
    return store.insert(...given);
  },
};
const bus = createLocalBus({ ...parts, dir });
const folds = await startFolds(bus, slow);
const telling = setInterval(() => process.send?.({ position: folds.position(), peak } satisfies FoldsSay), 100);
process.once('message', () => {
  clearInterval(telling);
  process.exit(0);
});
