/**
 * Run as a child by a test: writes a log that is always at its bound, until it is killed. Every tenth entry is to be kept
 * and small; the others are large and recoverable. Prints the newest offset that is on disk, and `thinned` after each thinning.
 */
import { realClock, type Clock } from '../../../platform/clock.ts';
import { LOSSES_TOLD } from '../../../platform/bus/local-log.ts';
import { openLocalLog } from '../../../platform/bus/sqlite-log.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';

const [dir = '', bound = '0'] = process.argv.slice(2);
/** Commits each append at once: so that as much as can be happens between two kills. */
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };
let [opened, told] = [false, 0];
const log = openLocalLog({
  dir,
  topic: 't',
  clock: eager,
  log: silentLogger,
  metrics: createMetrics(),
  maxBytes: Number(bound),
  onDropped: ({ id, thinned }) => {
    told = id;
    // At the opening it is what the one before had not acknowledged.
    if (opened) process.stdout.write(thinned ? 'thinned\n' : 'whole\n');
  },
});
opened = true;
for (let index = log.bounds().next; ; index += 5) {
  const group = Array.from({ length: 5 }, (_, at) => index + at);
  const put = { source: 'pod', namespace: 'n', name: 'last', uid: String(index + 4), resourceVersion: '', note: '' };
  await log.append({
    values: group.map((each) => `${each}:${'x'.repeat(each % 10 === 0 ? 20 : 20_000)}`),
    recoverable: group.map((each) => each % 10 !== 0),
    timestamp: Date.now(),
    known: [{ put }],
    meta: { [LOSSES_TOLD]: String(told) },
  });
  process.stdout.write(`${index + 4}\n`);
}
