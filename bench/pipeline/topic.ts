import { createKafkaBus } from '../../platform/bus/kafka-bus.ts';
import { batchLength } from '../../platform/bus/kafka-sender.ts';
import { pagesOf, TOPIC } from './journal.ts';
import { shared } from './parts.ts';

/** Ships a journal to Kafka as the forwarder does: in its batches, one request at a time, to a topic of one partition. */
export async function fillTopic(brokers: readonly string[], dir: string, entries: number): Promise<void> {
  const bus = createKafkaBus({ ...shared, brokers: [...brokers], clientId: 'bench' });
  await bus.ensureTopic(TOPIC, { replicationFactor: 1 });
  const sender = bus.sender();
  for await (const page of pagesOf(dir, entries)) {
    const records = page.map(({ value }) => ({ key: null, value }));
    for (let at = 0; at < records.length;) {
      const count = batchLength(records, at);
      await sender.send(TOPIC, records.slice(at, at + count));
      at += count;
    }
  }
  await sender.close();
  await bus.close();
}
