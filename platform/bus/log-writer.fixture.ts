/** Run as a child by the tests: appends numbered entries, each with what is known, until it is killed. Prints what is on disk. */
import { realClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { openLocalLog } from './sqlite-log.ts';

const dir = process.argv[2] ?? '';
const log = openLocalLog({
  dir,
  topic: 't',
  clock: realClock,
  log: silentLogger,
  metrics: createMetrics(),
  segmentBytes: 200_000,
});
for (let index = log.bounds().next; ; index++) {
  const put = { source: 'pod', namespace: 'n', name: 'last', uid: String(index), resourceVersion: '', note: '' };
  const values = [`${index}:${'x'.repeat(20_000)}`];
  void log
    .append({ values, timestamp: index, known: [{ put }], meta: { last: String(index) } })
    .then(() => process.stdout.write(`${index}\n`));
  await realClock.sleep(2);
}
