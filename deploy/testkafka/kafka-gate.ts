import { kafkaAvailable } from './kafka-jars.ts';

/**
 * For `describe.skipIf(kafkaMissing())`: says on standard error why a suite that needs a real broker is skipped. With CI=true a
 * missing broker throws, which fails the suite's file.
 */
export function kafkaMissing(): boolean {
  const { available, reason } = kafkaAvailable();
  if (available) return false;
  if (process.env['CI'] === 'true') throw new Error(`a Kafka broker is needed with CI=true: ${reason}`);
  process.stderr.write(`skipped, no Kafka: ${reason}\n`);
  return true;
}
