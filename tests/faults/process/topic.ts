import { join } from 'node:path';
import { until } from '../../../deploy/testkube/test-kube.ts';
import { createForwarder } from '../../../platform/bus/forwarder.ts';
import type { JournalRecord } from '../../../platform/bus/journal.ts';
import { createKafkaBus } from '../../../platform/bus/kafka-bus.ts';
import { createKafkaClient } from '../../../platform/bus/kafka-client.ts';
import { openLocalLog } from '../../../platform/bus/sqlite-log.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';

const PAGE = { minBytes: 1, maxBytes: 8 * 1024 * 1024, waitMs: 500 };

/** Everything that a topic holds. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<JournalRecord[]> {
  const connection = createKafkaClient({ brokers, clientId: 'reads-all' }, silentLogger).connection();
  try {
    const { first, next } = await connection.bounds(topic);
    const records: JournalRecord[] = [];
    for (let from = first; from < next;) {
      const page = await connection.fetch(topic, from, PAGE);
      records.push(...page);
      from = (page.at(-1)?.offset ?? from - 1) + 1;
    }
    return records;
  } finally {
    await connection.close();
  }
}

/** Ships what an agent that has ended left in its local log, and answers what that still holds. */
export async function shipTheRest(
  brokers: readonly string[],
  agentDataDir: string,
  topic: string,
): Promise<JournalRecord[]> {
  const dir = join(agentDataDir, 'journal', topic);
  const parts = { topic, dir, clock: realClock, log: silentLogger, metrics: createMetrics() };
  const localLog = openLocalLog(parts);
  const bus = createKafkaBus({ ...parts, brokers, clientId: 'ships-the-rest' });
  const ensureTopic = (name: string) => bus.ensureTopic(name);
  const forwarder = createForwarder({ ...parts, localLog, sender: bus.sender(), ensureTopic });
  try {
    void forwarder.run();
    await until('an empty backlog', async () => forwarder.lag() === 0);
    const records: JournalRecord[] = [];
    for (let { first: from, next } = localLog.bounds(); from < next;) {
      const page = await localLog.read(from, { maxRecords: 5_000, maxBytes: PAGE.maxBytes, waitMs: 0 });
      records.push(...page);
      from = (page.at(-1)?.offset ?? next) + 1;
    }
    return records;
  } finally {
    await forwarder.close();
    await bus.close();
    await localLog.close();
  }
}
