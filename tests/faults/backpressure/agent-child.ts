/**
 * Run as a child by a test: the real agent over a local log whose disk stands still until the parent says `go`, and is slow
 * from then on, and that ends at `stop`. Says every 100 ms how much waits, how much has been taken over, and what memory it took at most.
 */
import { join } from 'node:path';
import { createTools } from '../../../cli/tools.ts';
import { readConfig } from '../../../cli/config.ts';
import { createAgent } from '../../../ingest/agent/agent.ts';
import { createTransport } from '../../../ingest/agent/https-transport.ts';
import { loadCluster } from '../../../ingest/agent/kube-config.ts';
import { createLogCatcher, LOG_CATCHER_DEFAULTS } from '../../../ingest/agent/log-catcher.ts';
import type { LocalLog } from '../../../platform/bus/local-log.ts';
import { openLocalLog } from '../../../platform/bus/sqlite-log.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { measurePeak, type Peak } from './measured.ts';

export interface AgentSays {
  readonly queuedBytes: number;
  readonly changes: number;
  readonly peak: Peak;
}

const SLOW_MS = 10;
const [kubeconfig = '', dir = '', topic = ''] = process.argv.slice(2);
const peak = measurePeak();
const parts = { clock: realClock, log: silentLogger, metrics: createMetrics() };
const { project, redact } = createTools(readConfig({ TIDEMARK_DATA_DIR: dir }));
const disk = openLocalLog({ ...parts, dir: join(dir, 'journal', topic), topic });
const go = Promise.withResolvers<void>();
const localLog: LocalLog = {
  ...disk,
  async append(batch) {
    await go.promise;
    await realClock.sleep(SLOW_MS);
    return disk.append(batch);
  },
};
const transport = createTransport(loadCluster({ kubeconfig }));
const agent = createAgent({
  ...parts,
  cluster: 'burst',
  transport,
  localLog,
  project,
  redact,
  createLogCatcher: (write) =>
    createLogCatcher({ ...parts, transport, redact, write, options: { ...LOG_CATCHER_DEFAULTS, cluster: 'burst' } }),
  options: { lease: { mode: 'off' } },
});
const stop = new AbortController();
const telling = setInterval(() => {
  const { queuedBytes, counters } = agent.status();
  process.send?.({ queuedBytes, changes: counters['changes'] ?? 0, peak } satisfies AgentSays);
}, 100);
process.on('message', (word) => {
  if (word === 'go') return go.resolve();
  clearInterval(telling);
  stop.abort();
});
await agent.run(stop.signal);
await disk.close();
process.disconnect?.();
